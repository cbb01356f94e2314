"""Which account PostgreSQL runs under: it refuses to be root.

A plain user runs it as is. Root runs it inside a user namespace, where root looks like somebody
else: no account is made and nothing changes its owner or its mode, so it works even in a checkout
below a private home. Where user namespaces are forbidden (many containers) it runs as `nobody`.
"""

import functools
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANOTHER_NAME_FOR_ROOT = ("unshare", "--user", "--map-user=1", "--map-group=1")


@dataclass(frozen=True, slots=True)
class Account:
    """How to run a program under this account, and how to give it a file."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def run(self, command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([*self.prefix, *command], **options, **self._identity())

    def popen(self, command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        # `unshare` replaces itself by the program, so the pid is the program's own.
        return subprocess.Popen([*self.prefix, *command], **options, **self._identity())

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether a file below `path` can be opened: every folder above lets others pass."""
        if self.uid is None:
            return True
        resolved = path.resolve()
        existing = [folder for folder in (resolved, *resolved.parents) if folder.exists()]
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)

    def _identity(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@functools.cache
def account_for() -> Account:
    if os.geteuid() != 0:
        return Account()
    if _user_namespaces_are_allowed():
        return Account(prefix=ANOTHER_NAME_FOR_ROOT)
    return nobody()


def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _user_namespaces_are_allowed() -> bool:
    try:
        trial = subprocess.run([*ANOTHER_NAME_FOR_ROOT, "true"], capture_output=True)
    except FileNotFoundError:
        return False
    return trial.returncode == 0
