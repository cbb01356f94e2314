"""Hashing a password keeps nobody else waiting (stack.md, section 4)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import json, threading, time
import gevent
from app import create_app
from app.gateways.credentials import hash_password, is_password

app = create_app("web", {"SECRET_KEY": "k" * 40, "SECURITY_PASSWORD_SALT": "s" * 40})
gaps, last, done = [], time.monotonic(), False

def tick():
    global last
    while not done:
        gevent.sleep(0.005)
        now = time.monotonic()
        gaps.append(now - last)
        last = now

with app.app_context():
    ticking = gevent.spawn(tick)
    gevent.sleep(0.05)
    began, before = time.monotonic(), len(gaps)
    hashed = hash_password("three blue kettles")
    took, ticks = time.monotonic() - began, len(gaps) - before
    right, wrong = is_password("three blue kettles", hashed), is_password("other", hashed)
    done = True
print(json.dumps({"took": took, "ticks": ticks, "right": right, "wrong": wrong, "hash": hashed}))
"""


@pytest.fixture(scope="module")
def measured() -> dict[str, object]:
    ran = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT],
        cwd=ROOT,
        env=os.environ | {"APP_ENV": "development", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_the_hash_is_argon2id_and_costs_what_it_should(measured: dict[str, object]) -> None:
    assert str(measured["hash"]).startswith("$argon2id$v=19$m=65536,t=3,")
    assert (measured["right"], measured["wrong"]) == (True, False)


def test_others_go_on_while_a_password_is_hashed(measured: dict[str, object]) -> None:
    """In place there would be no tick at all; on a busy machine there are at least a few."""
    assert int(str(measured["ticks"])) >= 3, measured
