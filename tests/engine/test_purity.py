"""What the engine must never touch: other packages, clocks, chance, decimal numbers, the world."""

import ast
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[2] / "auction_engine"
FILES = sorted(ENGINE.rglob("*.py"))
SHELL = {"cli.py", "__main__.py"}
# Modules of the standard library through which time, chance or the world would come in.
BANNED = {"time", "random", "secrets", "uuid", "decimal", "zoneinfo", "locale", "threading"}
WORLD = {"os", "io", "sys", "pathlib", "socket", "subprocess", "urllib", "logging", "tempfile"}
CLOCKS = {"now", "today", "utcnow", "fromtimestamp", "utcfromtimestamp", "timestamp"}


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out in full"
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ENGINE)))
def test_a_module_of_the_engine_is_pure(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    roots = {name.split(".")[0] for name in _imports(tree)}
    assert roots <= sys.stdlib_module_names | {"auction_engine"}
    assert not roots & BANNED
    if path.name not in SHELL:
        assert not roots & WORLD
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"a decimal number in line {node.lineno}"
        if isinstance(node, ast.Name):
            assert node.id not in {"float", "open", "print", "input", "eval", "exec"}
        if isinstance(node, ast.Attribute):
            assert node.attr not in CLOCKS, f"a clock in line {node.lineno}"
        if isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.Div) or path.name in SHELL, "no true division"


def test_the_files_of_the_engine_are_found():
    assert len(FILES) > 40
