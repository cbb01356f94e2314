"""What is installed is locked, and comes from wherever this machine gets its packages."""

import json
import re

import pytest

from deploy.local.mirrors import in_uvs_words
from deploy.local.places import ROOT
from deploy.local.python_packages import lines_about

LOCKS = ("requirements.lock", "requirements-node.lock")


def test_uv_is_told_the_mirrors_pip_knows() -> None:
    told = in_uvs_words(
        "global.index-url='https://mirror.example/simple'\n"
        "global.extra-index-url='file:///a/simple file:///b/simple'\n"
        "global.find-links='/wheels'\n"
        "global.timeout='60'\n"
    )

    assert told == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "file:///a/simple file:///b/simple",
        "UV_FIND_LINKS": "/wheels",
    }


def test_a_variable_overrides_a_file_as_it_does_for_pip() -> None:
    told = in_uvs_words(
        ":env:.index-url='https://variable.example/simple'\n"
        "global.index-url='https://file.example/simple'\n"
    )

    assert told == {"UV_DEFAULT_INDEX": "https://variable.example/simple"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_carries_its_hashes_and_no_address(name: str) -> None:
    lock = (ROOT / name).read_text()

    packages = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)

    assert packages
    assert all("--hash=sha256:" in lines_about(package, lock) for package in packages)
    assert "://" not in lock


def test_the_front_end_lock_carries_hashes_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    installed = {name: one for name, one in packages.items() if name}

    assert all("integrity" in one for one in installed.values())
    assert not any("resolved" in one for one in installed.values())


def test_every_package_asked_for_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    asked = re.findall(r"^([a-z0-9-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE)

    assert not [package for package in asked if f"\n{package}==" not in f"\n{lock}"]
