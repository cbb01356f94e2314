"""What the rig loads into a process under test: a door through which a defence is taken out.

The product has no switch for this. A process of the rig is started through this module; it opens a
Unix socket on which the names of mutants are told (`mutants.py`), and each is patched in and out
while the process runs. What is patched in survives a worker that is killed: the next one reads the
same file before it serves.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

_MISSING = object()


class Patches:
    """Attributes that were replaced, and what they were before."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []

    def set(self, owner: Any, name: str, value: Any) -> None:
        self._before.append((owner, name, vars(owner).get(name, _MISSING)))
        setattr(owner, name, value)

    def undo(self) -> None:
        while self._before:
            owner, name, value = self._before.pop()
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


class Door:
    """The socket of this process, and what is patched in now."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._patches = Patches()

    def open(self) -> None:
        self._put_in(self._written())
        path = self._folder / f"{self._name}.sock"
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen(4)
        threading.Thread(target=self._serve, args=(listening,), daemon=True).start()

    def _written(self) -> list[str]:
        path = self._folder / f"{self._name}.json"
        return json.loads(path.read_text()) if path.exists() else []

    def _serve(self, listening: socket.socket) -> None:
        while True:
            asking, _from = listening.accept()
            # Who asked may have given up: the door stays open for the next.
            with asking, suppress(OSError):
                asking.recv(64)
                try:
                    self._put_in(self._written())
                    answer = "ok"
                except Exception as failure:
                    answer = repr(failure)
                asking.sendall(answer.encode())

    def _put_in(self, names: list[str]) -> None:
        from tests.faults.mutants import INSIDE

        self._patches.undo()
        for name in names:
            INSIDE[name](self._patches)


def open_door() -> None:
    Door(Path(os.environ["RIG_DOORS"]), os.environ["RIG_NAME"]).open()


def knock(folder: Path, name: str, mutants: list[str]) -> None:
    """From the rig: let the process `name` have exactly these mutants; it says when it has."""
    (folder / f"{name}.json").write_text(json.dumps(mutants))
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(20)
        asking.connect(str(folder / f"{name}.sock"))
        asking.sendall(b"look")
        answer = asking.recv(4096).decode()
    if answer != "ok":
        raise RuntimeError(f"{name} could not be changed: {answer}")


def main() -> None:
    """`python -m tests.faults.inside scheduler`: a command of `flask` with a door in it."""
    from flask.cli import main as flask

    open_door()
    sys.argv = ["flask", "--app", "app.wsgi", *sys.argv[1:]]
    flask()


if __name__ == "__main__":
    main()
