"""Node: the machine's own if it is recent enough, else the one that comes as a Python wheel."""

import functools
import os
import re
import shutil
import subprocess

from deploy.local.places import ROOT, VENV
from deploy.local.steps import run

OLDEST = 20
LOCK = ROOT / "requirements-node.lock"


@functools.cache
def node_is_here() -> bool:
    """Whether the machine itself has a Node we can use, with npm."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    major = re.match(r"v(\d+)", said)
    return major is not None and int(major.group(1)) >= OLDEST


def install_locked() -> None:
    """What the lock says and nothing more; no package gets to run anything on this machine."""
    quietly = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-progress"]
    quietly.append("--loglevel=error")
    run(["npm", "ci", "--ignore-scripts", "--include=dev", *quietly], cwd=ROOT, env=environment())


def make_lock() -> None:
    without_addresses = ["--ignore-scripts", "--omit-lockfile-registry-resolved"]
    update = ["npm", "update", "--package-lock-only", "--save=false"]
    run([*update, *without_addresses], cwd=ROOT, env=environment())


def environment() -> dict[str, str]:
    if node_is_here():
        return dict(os.environ)
    return {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}
