"""Running the command line inside the test process, as a program that embeds it would."""

import io
import json
import sys
from dataclasses import dataclass
from unittest import mock

from auction_engine.cli import main


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def answer(self):
        return json.loads(self.out)

    @property
    def where(self):
        """The place an error names; also holds the run to the form of every error."""
        assert self.status == 2, (self.status, self.out[:300], self.err)
        assert self.out == ""
        assert self.err.endswith("\n")
        assert len(self.err.splitlines()) == 1
        word, where, what = self.err[:-1].split(": ", 2)
        assert word == "error"
        assert what
        return where


def run(*arguments, stdin=b""):
    raw = stdin if isinstance(stdin, bytes) else json.dumps(stdin).encode()
    out, err = io.BytesIO(), io.StringIO()
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw))),
        mock.patch.object(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", newline="")),
        mock.patch.object(sys, "stderr", err),
    ):
        status = main(list(arguments))
        sys.stdout.flush()
        written = out.getvalue().decode("utf-8")
    return Ran(status, written, err.getvalue())
