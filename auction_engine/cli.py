"""The command line: `python -m auction_engine COMMAND [OPTIONS] [FILE|-]`.

The only module of the engine that reads and writes anything. It keeps no state, so it can be run
again and again in one process.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from auction_engine.commands.answer import Answer
from auction_engine.commands.award import award
from auction_engine.commands.check import check
from auction_engine.commands.distribute import distribute
from auction_engine.commands.fee import fee
from auction_engine.commands.forfeit import forfeit
from auction_engine.commands.interest import interest
from auction_engine.commands.replay import replay
from auction_engine.commands.rules import rules
from auction_engine.commands.verify import verify
from auction_engine.documents.unusable import UnusableInput

USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the function that answers, its flags, and its options that take a value."""

    answer: Callable[..., Answer]
    flags: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    # Answers by a name on the command line and reads no document.
    by_name: bool = False


COMMANDS: dict[str, Command] = {
    "replay": Command(replay, flags=("--transcript",)),
    "verify": Command(verify, flags=("--partial",), values=("--head", "--checkpoint", "--key")),
    "check": Command(check),
    "distribute": Command(distribute),
    "interest": Command(interest),
    "fee": Command(fee),
    "forfeit": Command(forfeit),
    "award": Command(award),
    "rules": Command(rules, by_name=True),
}


@dataclass(slots=True)
class Call:
    """The command line, read."""

    command: Command
    options: dict[str, Any] = field(default_factory=dict)
    file: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status and never raises for anything in the input."""
    try:
        with _without_collecting():
            answer = _answer(sys.argv[1:] if arguments is None else arguments)
            _write(answer.text)
    except UnusableInput as error:
        return _report(error)
    except RecursionError:
        return _report(UnusableInput("input", "nested too deeply"))
    except MemoryError:
        return _report(UnusableInput("input", "too large for this machine"))
    except Exception as error:
        # A fault of the engine itself. It must not look like an answer, nor end in a traceback.
        what = f"the engine failed on this input, please report it: {error!r}"
        return _report(UnusableInput("input", what))
    return answer.status


@contextmanager
def _without_collecting() -> Iterator[None]:
    """One document, one answer: what is allocated lives until the end, collecting costs a third."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _answer(arguments: Sequence[str]) -> Answer:
    call = _read_call(list(arguments))
    _refuse_checkpoints(call)
    if call.command.by_name:
        return call.command.answer(call.file)
    return call.command.answer(_read_input(call.file), **call.options)


def _read_call(arguments: list[str]) -> Call:
    if not arguments or arguments[0] in ("-h", "--help"):
        raise UnusableInput(USAGE, _usage())
    name = arguments.pop(0)
    command = COMMANDS.get(name)
    if command is None:
        raise UnusableInput(USAGE, f"unknown command {name!r}; {_usage()}")
    call = Call(command)
    while arguments:
        argument = arguments.pop(0)
        if argument == "--":
            for rest in arguments:
                _take_file(call, rest)
            break
        if argument.startswith("-") and argument != "-":
            _take_option(call, argument, arguments)
        else:
            _take_file(call, argument)
    return call


def _take_option(call: Call, argument: str, following: list[str]) -> None:
    option, equals, value = argument.partition("=")
    name = option.removeprefix("--")
    if name in call.options:
        raise UnusableInput(USAGE, f"{option} is given twice")
    if option in call.command.flags and not equals:
        call.options[name] = True
    elif option in call.command.values:
        if not equals and not following:
            raise UnusableInput(USAGE, f"{option} needs a value")
        call.options[name] = value if equals else following.pop(0)
    else:
        raise UnusableInput(USAGE, f"unknown option {argument!r}")


def _take_file(call: Call, file: str) -> None:
    if call.file is not None:
        raise UnusableInput(USAGE, "only one FILE can be given")
    call.file = file


def _refuse_checkpoints(call: Call) -> None:
    if "checkpoint" in call.options or "key" in call.options:
        raise UnusableInput(USAGE, "signed checkpoints cannot be checked by this version")


def _usage() -> str:
    return "python -m auction_engine COMMAND [OPTIONS] [FILE|-], COMMAND is " + ", ".join(COMMANDS)


def _read_input(file: str | None) -> bytes:
    try:
        if file is None or file == "-":
            return _read_standard_input()
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnusableInput("input", f"cannot be read: {what}") from None


def _read_standard_input() -> bytes:
    """Standard input as bytes, also where a program has put something of its own in its place."""
    stream = sys.stdin
    if stream is None:
        raise UnusableInput("input", "there is no standard input")
    raw = (getattr(stream, "buffer", None) or stream).read()
    # `surrogatepass` keeps a broken text broken, so that it is found not to be UTF-8.
    return raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else bytes(raw)


def _write(text: str) -> None:
    stream = sys.stdout
    try:
        if stream is None:
            raise OSError("there is none")
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(text)
        else:
            # Past the text layer: the same bytes whatever the encoding and the line ends there.
            stream.flush()
            _write_bytes(buffer, text.encode("utf-8"))
        stream.flush()
    except (OSError, ValueError) as error:
        raise UnusableInput(USAGE, f"standard output cannot be written: {error}") from None


def _write_bytes(buffer: BinaryIO, raw: bytes) -> None:
    """Write it all: an unbuffered stream (`python -u`) may take only part of it at a time."""
    while raw:
        written = buffer.write(raw)
        # Whatever stands in for a stream and counts nothing has taken everything.
        raw = b"" if written is None else raw[written:]


def _report(error: UnusableInput) -> int:
    line = error.as_one_line() + "\n"
    try:
        if sys.stderr is not None:
            encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
            sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding))
            sys.stderr.flush()
    except (OSError, ValueError):
        pass  # Nobody listens there either; the exit status still says it.
    return 2
