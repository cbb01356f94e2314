"""The units of `deploy/systemd` as plain processes, told what `deploy.production` wrote."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

from deploy.local.places import VENV
from tests.conftest import ROOT

UNITS = {
    file.stem.removeprefix("luochui-").rstrip("@"): file
    for file in sorted((ROOT / "deploy/systemd").glob("*.service"))
}


def unit(name: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNITS[name])
    return parser["Service"]


def command_of(name: str, port: int = 0) -> list[str]:
    program, *words = shlex.split(unit(name)["ExecStart"])
    bound = (word.replace("${BIND}:%i", f"127.0.0.1:{port}") for word in words)
    return [str(VENV / "bin" / Path(program).name), *bound]


def environment_of(name: str, folder: Path) -> dict[str, str]:
    """Out of the file that the unit names, in `folder` instead of where it lies in life."""
    written = (folder / Path(unit(name)["EnvironmentFile"]).name).read_text()
    pairs = (shlex.split(line)[0].partition("=") for line in written.splitlines())
    return {name: value for name, _, value in pairs}
