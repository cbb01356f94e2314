"""Runs one of the platform's commands as one of its processes: with its rights and its keys.

    .venv/bin/python -m deploy.local.command worker trial-balance

For the database of `make run`, which must be running.
"""

import os
import subprocess
import sys
from urllib.parse import urlsplit

from deploy.local.places import ROOT, VAR, VENV
from deploy.local.postgres import Cluster, home_within_reach
from deploy.local.processes import (
    COMMANDS,
    PROCESSES,
    Addresses,
    Setting,
    environment_of,
    setting_of,
)
from deploy.local.running import read_running


def main(arguments: list[str]) -> int:
    by_name = {process.name: process for process in (*PROCESSES, COMMANDS)}
    if len(arguments) < 2 or arguments[0] not in by_name:
        print(f"{__doc__}\nProcesses: {', '.join(by_name)}")
        return 2
    setting = _running_setting()
    if setting is None:
        print("Nothing is running: `make run` first.")
        return 1
    return subprocess.run(
        [VENV / "bin/flask", "--app", "app.wsgi", *arguments[1:]],
        env=environment_of(by_name[arguments[0]], setting),
        cwd=ROOT,
    ).returncode


def _running_setting() -> Setting | None:
    running = read_running(VAR / "run/running.json")
    if running is None or not running.supervisor.is_alive():
        return None
    answers_at = urlsplit(running.address)
    addresses = Addresses(answers_at.hostname or "", answers_at.port or 0)
    server_url = (
        os.environ.get("DATABASE_URL") or Cluster(home_within_reach(VAR / "postgres")).url()
    )
    return setting_of(addresses, os.environ, server_url)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
