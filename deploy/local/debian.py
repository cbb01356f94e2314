"""Debian's own packages: only what neither pip nor npm can bring, and only where we are root."""

import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.steps import SetUpFailed, run, say

CHROMIUM = Path("/usr/bin/chromium-headless-shell")
CHINESE_FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


# What the tests of several machines on one need; each is skipped where its program is missing.
PROGRAMS = {"nginx-light": "nginx", "redis-server": "redis-server"}


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> None:
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quietly = {"env": env, "stdout": subprocess.DEVNULL}
    run(["apt-get", "-qq", "update"], **quietly)
    run(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages], **quietly)


def offer_browser() -> None:
    """The browser tests' Chromium and a font with Chinese; without them those tests are skipped."""
    wanted = {"chromium-headless-shell": CHROMIUM, "fonts-noto-cjk": CHINESE_FONT}
    if not can_install() and shutil.which("chromium"):
        # It does as well, and takes twice as long.
        del wanted["chromium-headless-shell"]
    missing = [package for package, file in wanted.items() if not file.exists()]
    if not missing:
        return
    if not can_install():
        say(f"Without Debian's {' and '.join(missing)}, browser tests are skipped.")
        return
    say(f"Installing {' and '.join(missing)} for the browser tests")
    try:
        install(*missing)
    except SetUpFailed as failure:
        say(f"{failure} Browser tests do with what is there, or are skipped.")


def offer_several_machines() -> None:
    """nginx and Redis, for the tests that run two workers behind a front (tests/scale)."""
    everywhere = f"{os.environ.get('PATH', '')}:/usr/sbin"
    missing = [
        package
        for package, program in PROGRAMS.items()
        if shutil.which(program, path=everywhere) is None
    ]
    if not missing:
        return
    if not can_install():
        say(f"Without Debian's {' and '.join(missing)}, tests of several machines are skipped.")
        return
    say(f"Installing {' and '.join(missing)} for the tests of several machines")
    try:
        install(*missing)
    except SetUpFailed as failure:
        say(f"{failure} The tests that need it are skipped.")
