"""`python -m auction_engine`."""

import os
import sys

from auction_engine.cli import main


def run() -> int:
    """Run the command line as a process of its own, and leave no noise behind."""
    try:
        return main()
    except KeyboardInterrupt:
        sys.stderr.write("error: usage: interrupted\n")
        return 2
    finally:
        _let_go_of_a_broken_pipe()


def _let_go_of_a_broken_pipe() -> None:
    """What could not be written was reported; the interpreter must not complain of it again."""
    stream = sys.__stdout__
    if stream is None or stream is not sys.stdout:
        return
    try:
        stream.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(run())
