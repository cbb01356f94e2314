"""The call itself: commands, options, files, and whatever stands in for the standard streams."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from auction_engine.cli import main
from tests.engine.documents import replay_document
from tests.engine.running import run

ROOT = Path(__file__).parents[2]
FEE = {"format": "enforcement-fee/1", "amount": 100000000}
ANSWER = '{"fee":1240000,"format":"enforcement-fee-result/1"}\n'


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["appraise"],
        ["--transcript"],
        ["fee", "--transcript"],
        ["fee", "a", "b"],
        ["fee", "-x"],
        ["fee", "--"] + ["-"] * 2,
        ["replay", "--transcript=yes"],
        ["replay", "--transcript", "--transcript"],
        ["verify", "--head"],
        ["verify", "--head", "a", "--head", "b"],
        ["verify", "--checkpoint", "c", "--key", "k"],
        ["fee\n\x1b[2J\ud800"],
    ],
)
def test_a_call_that_cannot_be_used(arguments):
    assert run(*arguments, stdin=FEE).where == "usage"


@pytest.mark.parametrize("file", ["/nowhere/at/all", "/", "", "nul\0byte", "\udcff"])
def test_a_file_that_cannot_be_read(file):
    assert run("fee", file).where == "input"


def test_a_file_a_dash_and_nothing_are_read_alike(tmp_path):
    file = tmp_path / "fee.json"
    file.write_text(json.dumps(FEE))

    assert run("fee", str(file)).out == ANSWER
    assert run("fee", "-", stdin=FEE).out == ANSWER
    assert run("fee", stdin=FEE).out == ANSWER
    assert run("fee", "--", str(file)).out == ANSWER


def test_options_may_stand_before_and_after_the_file():
    document = replay_document()

    assert (
        run("replay", "--transcript", "-", stdin=document).out
        == run("replay", "-", "--transcript", stdin=document).out
    )


def test_streams_without_bytes_are_good_enough(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(FEE)))
    monkeypatch.setattr(sys, "stdout", out)

    assert main(["fee"]) == 0
    assert out.getvalue() == ANSWER


def test_a_lone_surrogate_in_a_text_stream_is_no_utf_8(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"format": "\ud800"}'))

    assert main(["fee"]) == 2
    assert capsys.readouterr().err.startswith("error: input: not UTF-8")


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_a_stream_that_is_not_there_makes_no_traceback(stream, monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.StringIO("{}"))
    monkeypatch.setattr(sys, stream, None)

    assert main(["fee"]) == 2


def test_the_same_input_gives_the_same_bytes_again_and_again():
    answers = {run("replay", "--transcript", stdin=replay_document()).out for _ in range(3)}

    assert len(answers) == 1


def test_an_answer_is_utf_8_whatever_the_machine_prefers():
    document = replay_document(bidders=[{"code": "竞买人01"}])
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}

    ran = subprocess.run(
        [sys.executable, "-m", "auction_engine", "replay", "--transcript"],
        input=json.dumps(document).encode(),
        capture_output=True,
        cwd=ROOT,
        env=environment,
        check=True,
    )

    assert "竞买人01".encode() in ran.stdout
    assert ran.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_takes_nothing_is_told_in_one_line():
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "auction_engine", "fee"],
            input=json.dumps(FEE).encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )

    assert ran.returncode == 2
    assert ran.stderr.startswith(b"error: usage: standard output cannot be written")
    assert ran.stderr.count(b"\n") == 1


def test_an_unbuffered_output_gets_every_byte(monkeypatch):
    class Sip(io.BytesIO):
        def write(self, raw):
            return super().write(bytes(raw)[:7])

    out = io.TextIOWrapper(io.BytesIO())
    sips = Sip()
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(FEE)))
    monkeypatch.setattr(sys, "stdout", mock.Mock(wraps=out, buffer=sips))

    assert main(["fee"]) == 0
    assert sips.getvalue().decode() == ANSWER


def test_a_reader_that_goes_away_makes_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "auction_engine", "fee"],
            input=json.dumps(FEE).encode(),
            stdout=writing,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    finally:
        os.close(writing)

    assert ran.returncode == 2
    assert ran.stderr.count(b"\n") == 1
    assert b"Traceback" not in ran.stderr
