"""Form keys of the kind `line_items[0][price_data][currency]`, as a tree."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from deploy.local.outside.stripe.refusals import invalid

Tree: TypeAlias = "str | dict[str, Tree]"

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, "Tree"]:
    """`[('a[b]', '1')]` becomes `{'a': {'b': '1'}}`; a key given twice is refused."""
    tree: dict[str, Tree] = {}
    for key, value in pairs:
        _plant(tree, _parts(key), value, key)
    return tree


def _parts(key: str) -> list[str]:
    matched = _KEY.match(key)
    if matched is None:
        raise invalid(key, f"Invalid parameter name: {key}")
    return [matched[1], *_PART.findall(matched[2])]


def _plant(tree: dict[str, "Tree"], parts: list[str], value: str, key: str) -> None:
    branch = tree
    for part in parts[:-1]:
        grown = branch.setdefault(part, {})
        if isinstance(grown, str):
            raise invalid(key, f"{key} is given both as a value and as a group")
        branch = grown
    # `expand[]=a&expand[]=b` numbers itself.
    last = parts[-1] or str(len(branch))
    if last in branch:
        raise invalid(key, f"{key} is given more than once")
    branch[last] = value
