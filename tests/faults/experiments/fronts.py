"""F39: nginx before the web processes is restarted, its lines are cut, and addresses are forged."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from deploy.local.places import ROOT
from tests.faults.bidders import AGENT
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.experiments.machines import p99
from tests.faults.histories import Kind
from tests.faults.rig import Rig, die_with_parent, free_port, get, wait_until
from tests.faults.stage import Stage, a_stage

HOUR = 3600.0
FRONTS = ("front1", "front2")
# Of each web process, from one address in an hour (`app/web/account/throttle.py`).
PASSWORDS_PER_ADDRESS = 100
ONE, OTHER = "127.0.0.1", "127.0.0.2"
# What strangers write; {n} makes each of them another one.
FORGED: tuple[dict[str, str], ...] = (
    {"X-Forwarded-For": "203.0.113.{n}"},
    {"X-Forwarded-For": "203.0.113.{n}, 198.51.100.7"},
    {"X-Forwarded-For": "203.0.113.{n}, 127.0.0.1"},
    {"X-Forwarded-For": "2001:db8::{n}"},
    {"X-Forwarded-For": "203.0.113.{n}:4711"},
    {"X-Forwarded-For": "unknown, 203.0.113.{n}"},
    {"Forwarded": "for=203.0.113.{n}"},
    {"X-Real-IP": "203.0.113.{n}"},
    {"True-Client-IP": "203.0.113.{n}"},
    {"X-Forwarded-For": "203.0.113.{n}", "X-Real-IP": "198.51.100.{n}"},
    {},
)


@dataclass(slots=True)
class Nginx:
    """With our own limits and places; only where the processes are is of the rig."""

    folder: Path
    port: int
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None
        with (self.folder / "nginx.log").open("ab") as log:
            self.running = subprocess.Popen(
                [program, "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"],
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        wait_until(self._answers, "nginx did not start", 30)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.running is not None:
            self.running.send_signal(how)
            self.running.wait(20)

    def _answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return get(self.port, "/healthz", timeout=5)[0] == 200
        return False


def front_fails(rig: Rig, size: Size) -> Found:
    """Bidders come through nginx, which is reloaded, stopped, killed and cut off."""
    if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("there is no nginx (apt install nginx-light)")
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    with _behind_nginx(rig) as nginx:
        crowd = stage.crowd(ports=[nginx.port])
        wait_until(lambda: stage.history.of_kind(Kind.OK), "no bid was accepted", 30)
        for _ in range(size.of(1, 3)):
            _break_the_front(stage, nginx)
        crowd.stop()
        waits = [asked.seconds for asked in stage.history.asked]
        found = Found(stage.judge(stage.finish()))
        found.figures = {
            "requests": len(waits),
            "unknown answers": len(stage.history.of_kind(Kind.UNKNOWN)),
            "99 of 100": f"{p99(waits):.2f} s",
        }
        found.wrong += _spoofed(nginx, found)
    return found


def _break_the_front(stage: Stage, nginx: Nginx) -> None:
    assert nginx.running is not None
    for name in FRONTS:
        stage.rig.line(f"http-{name}", mode="cut")
        stage.rig.line(f"http-{name}", mode="pass")
        stage.break_(f"the lines from nginx to {name} are cut")
        time.sleep(0.7)
    nginx.running.send_signal(signal.SIGHUP)
    stage.break_("nginx reads its files anew")
    time.sleep(1)
    for how in (signal.SIGTERM, signal.SIGKILL):
        nginx.stop(how)
        stage.break_(f"nginx is ended by {how.name}")
        nginx.start()
        time.sleep(0.7)


@contextmanager
def _behind_nginx(rig: Rig) -> Iterator[Nginx]:
    """Two web processes of our own that count by address, and believe one proxy."""
    with tempfile.TemporaryDirectory(prefix="luochui-nginx-") as made:
        nginx = Nginx(Path(made), free_port())
        try:
            for name in FRONTS:
                rig.start(name, "web", TRUSTED_PROXY_HOPS="1", LIMITS_PER_ADDRESS="on")
            rig.wait_for(*FRONTS)
            _configure(rig, nginx)
            nginx.start()
            yield nginx
        finally:
            nginx.stop()
            for name in FRONTS:
                if name in rig.programs:
                    rig.stop(name)
                    del rig.programs[name]


def _configure(rig: Rig, nginx: Nginx) -> None:
    folder = nginx.folder
    for name in ("limits.conf", "places.conf"):
        written = (ROOT / "deploy/nginx" / name).read_text()
        if "a stranger says where they are" in rig.mutants:
            # As many a guide has it: what the client wrote is passed on, and ours put behind it.
            forwarded = "proxy_set_header X-Forwarded-For "
            written = written.replace(
                f"{forwarded}$remote_addr;", f"{forwarded}$proxy_add_x_forwarded_for;"
            )
        (folder / name).write_text(written)
    servers = " ".join(
        f"server 127.0.0.1:{rig.programs[name].door} max_fails=1 fail_timeout=1s;"
        for name in FRONTS
    )
    upstreams = "\n".join(
        f"upstream {name} {{ {servers} keepalive 16; }}"
        for name in ("bids", "viewers", "live_bidders", "live_viewers")
    )
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; worker_processes 1;\n"
        "events { worker_connections 1000; }\n"
        f"http {{ access_log {folder}/access.log; {temporary} include limits.conf; {upstreams}\n"
        f"server {{ listen 127.0.0.1:{nginx.port}; include places.conf; }} }}\n"
    )


# --- who they say they are ----------------------------------------------------------------------


def _spoofed(nginx: Nginx, found: Found) -> list[str]:
    """Somebody at one address guesses passwords and says that they are somebody else each time."""
    guesser = _Guesser(nginx.port, ONE)
    enough = len(FRONTS) * PASSWORDS_PER_ADDRESS
    for number in range(enough + len(FRONTS)):
        headers = FORGED[number % len(FORGED)]
        guesser.guess("first@example.org", _filled(headers, number))
    # Another account, so that only the address can be why.
    let_in = [
        headers
        for number, headers in enumerate(FORGED)
        if guesser.guess(f"second{number}@example.org", _filled(headers, number))
    ]
    honest = _Guesser(nginx.port, OTHER).guess("third@example.org", {})
    found.figures["forged ways to name an address"] = len(FORGED)
    wrong = [f"F39: {headers} is believed: the limit does not count" for headers in let_in]
    if not honest:
        wrong.append("F39: an honest visitor at another address pays for it")
    logged = {line.split()[0] for line in (nginx.folder / "access.log").read_text().splitlines()}
    if not logged <= {ONE, OTHER}:
        wrong.append(f"F39: the log says {sorted(logged)}")
    return wrong


def _filled(headers: dict[str, str], number: int) -> dict[str, str]:
    return {name: value.replace("{n}", str(number % 250 + 1)) for name, value in headers.items()}


class _Guesser:
    """A browser at an address of its own, with the page of the sign-in open."""

    def __init__(self, port: int, address: str) -> None:
        self.port, self.address = port, address
        answer, page = self._ask("GET", {}, "")
        self.cookie = "; ".join(
            value.split(";")[0]
            for name, value in answer.getheaders()
            if name.lower() == "set-cookie"
        )
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found is not None, page[:500]
        self.token = found[1]

    def guess(self, account: str, headers: dict[str, str]) -> bool:
        """Whether the password was looked at."""
        form = {"email": account, "password": "wrong wrong wrong", "csrf_token": self.token}
        sent = {
            **headers,
            "Cookie": self.cookie,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        _answer, page = self._ask("POST", sent, urlencode(form))
        looked, turned_away = "is not right" in page, "Try again in" in page
        assert looked is not turned_away, page[:2000]
        return looked

    def _ask(
        self, method: str, headers: dict[str, str], body: str
    ) -> tuple[http.client.HTTPResponse, str]:
        asking = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=30, source_address=(self.address, 0)
        )
        try:
            own = {"Host": "127.0.0.1", "User-Agent": AGENT, "Accept-Language": "en"}
            asking.request(method, "/account/sign-in", body, {**own, **headers})
            answer = asking.getresponse()
            return answer, answer.read().decode()
        finally:
            asking.close()


EXPERIMENTS = (
    Experiment(
        "F39",
        "The proxy in front is restarted, and addresses are forged",
        "Bidders bid through nginx with the files that we give out. Its lines to the web processes"
        " are cut, it reads its files anew, it is stopped and killed. Then somebody guesses"
        " passwords and says in eleven ways that they are somewhere else.",
        "No bid is lost or counted twice. The limit and the log know the true address, however it"
        " is forged, and an honest visitor at another address does not notice.",
        front_fails,
        (
            Mutant(
                "what a stranger writes is believed", ("a stranger says where they are",), "F39"
            ),
            Mutant("a key is not remembered", ("a key is not remembered",), "O2"),
        ),
        is_quick=False,
    ),
)
