"""The virtual environment and what the lock files put into it, by uv or else by pip."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local.debian import can_install, install
from deploy.local.mirrors import environment_for_uv
from deploy.local.places import PYTHON, ROOT, VENV
from deploy.local.steps import SetUpFailed, run, say

OLDEST = (3, 11)
LOCK = ROOT / "requirements.lock"


def make_environment() -> None:
    _refuse_old_python()
    if importlib.util.find_spec("ensurepip") is None:
        _add_ensurepip()
    if not _is_made_for_this_place():
        run([sys.executable, "-m", "venv", "--clear", VENV])


def _is_made_for_this_place() -> bool:
    """An environment works only where it was made: its programs name their Python by full path."""
    made = VENV / "pyvenv.cfg"
    return PYTHON.exists() and made.is_file() and str(VENV) in made.read_text()


def install_locked(locks: Sequence[Path]) -> None:
    """Make the environment hold exactly what the locks say, each file with the hash they say."""
    if not _synchronised_by_uv(locks):
        say("  uv did not manage it; pip takes over, which needs a minute or two.")
        _install_by_pip(locks)


def make_lock() -> None:
    """Ask for the newest versions `requirements.in` allows; no source's address is written."""
    words = ["pip", "compile", "--upgrade", "--universal", "--python-version", "3.11", "--quiet"]
    words += ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    # Places that hold only some files of a release would leave the other files' hashes out.
    partial = {"UV_INDEX", "UV_FIND_LINKS"}
    known = environment_for_uv(PYTHON)
    env = {name: value for name, value in known.items() if name not in partial}
    for name in ("requirements", "requirements-node"):
        run([VENV / "bin/uv", *words, f"{name}.in", "-o", f"{name}.lock"], env=env, cwd=ROOT)


def _synchronised_by_uv(locks: Sequence[Path]) -> bool:
    uv = VENV / "bin/uv"
    if not uv.exists():
        with tempfile.NamedTemporaryFile("w", suffix=".lock") as only_uv:
            only_uv.write(lines_about("uv", LOCK.read_text()))
            only_uv.flush()
            if not _succeeds([*_pip_install(), "-r", only_uv.name], dict(os.environ)):
                return False
    command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, *locks]
    return _succeeds([str(word) for word in command], environment_for_uv(PYTHON))


def _install_by_pip(locks: Sequence[Path]) -> None:
    if not _succeeds([str(PYTHON), "-m", "pip", "--version"], dict(os.environ)):
        run([PYTHON, "-m", "ensurepip"])
    files = [word for lock in locks for word in ("-r", str(lock))]
    run([*_pip_install(), *files])


def _pip_install() -> list[str]:
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
    return [str(PYTHON), "-m", "pip", "install", *quietly, "--require-hashes"]


def _succeeds(command: list[str], env: dict[str, str]) -> bool:
    return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode == 0


def lines_about(package: str, lock: str) -> str:
    """The requirement and its hashes, out of a whole lock file."""
    found = re.search(rf"^{package}==.*\n(?: .*\n)*", lock, re.MULTILINE)
    return "" if found is None else found.group()


def _refuse_old_python() -> None:
    if sys.version_info < OLDEST:
        has = ".".join(str(number) for number in sys.version_info[:2])
        raise SetUpFailed(
            f"Luochui needs Python 3.11 or newer, and `python3` here is {has}:"
            " name another one, as in `make run PYTHON=python3.12`."
        )


def _add_ensurepip() -> None:
    if not can_install():
        raise SetUpFailed(
            "This Python cannot make virtual environments:"
            " install its venv package first (Debian: `apt install python3-venv`)."
        )
    install("python3-venv")
