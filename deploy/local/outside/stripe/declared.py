"""Reads a request's parameters as the installed SDK declares them, and refuses all others.

The SDK carries every parameter of its API version as a TypedDict; those declarations are the
only list of parameters here, so a new SDK brings its own strictness along.
"""

import sys
import types
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin

from stripe._request_options import RequestOptions
from typing_extensions import get_type_hints, is_typeddict

from deploy.local.outside.stripe.form_keys import Tree, nested
from deploy.local.outside.stripe.refusals import (
    invalid,
    missing_parameter,
    not_played,
    unknown_parameter,
)

# Options of the client, sent as headers; the SDK declares them beside the parameters.
_CLIENT_OPTIONS = frozenset(RequestOptions.__annotations__)
_UNION_KINDS = (Union, types.UnionType)


class Declared:
    """The parameters of one endpoint: those Stripe knows, and those of them played here.

    `played` names the top-level parameters that have an effect; a dotted name such as
    `payment_intent_data.metadata` narrows what is played inside one.
    """

    def __init__(self, typed_dict: type, played: Iterable[str]) -> None:
        self._types = _parameter_types(typed_dict)
        self._required = frozenset(typed_dict.__required_keys__) - _CLIENT_OPTIONS  # type: ignore[attr-defined]
        self._played = frozenset(played) | {"expand"}

    def read(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """The typed parameters of a form or a query string."""
        tree = nested(pairs)
        for name in tree:
            if name not in self._types:
                raise unknown_parameter(name)
        for name in self._required - set(tree):
            raise missing_parameter(name)
        params = {name: _read(value, self._types[name], name) for name, value in tree.items()}
        self._refuse_what_is_not_played(params)
        return params

    def _refuse_what_is_not_played(self, params: Mapping[str, Any]) -> None:
        for path in _paths(params):
            if not any(path == played or path.startswith(played + ".") for played in self._played):
                # A group is fine as long as everything that was sent in it is played.
                if any(played.startswith(path + ".") for played in self._played):
                    continue
                raise not_played(path)


def _paths(params: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for name, value in params.items():
        path = f"{prefix}{name}"
        yield path
        members = value if isinstance(value, list) else [value]
        for member in members:
            if isinstance(member, dict):
                yield from _paths(member, f"{path}.")


def _parameter_types(typed_dict: type) -> dict[str, Any]:
    module = vars(sys.modules[typed_dict.__module__])
    # Two names the SDK imports for type checkers only.
    hints = get_type_hints(
        typed_dict, localns={**module, "StripeContext": object, "Mapping": Mapping}
    )
    return {name: hint for name, hint in hints.items() if name not in _CLIENT_OPTIONS}


def _read(value: Tree, declared: Any, param: str) -> Any:
    if get_origin(declared) in _UNION_KINDS:
        return _read_union(value, get_args(declared), param)
    if get_origin(declared) is Literal:
        return _read_choice(value, get_args(declared), param)
    if get_origin(declared) is list:
        return _read_list(value, get_args(declared)[0], param)
    if is_typeddict(declared):
        return _read_group(value, declared, param)
    if isinstance(declared, type) and not isinstance(value, str):
        raise invalid(param, f"Invalid string: {param} is not a group of parameters")
    return _read_scalar(value, declared, param)


def _read_union(value: Tree, members: tuple[Any, ...], param: str) -> Any:
    choices = [c for m in members if get_origin(m) is Literal for c in get_args(m)]
    if isinstance(value, str):
        if value in choices:
            return value
        if int in members:
            return _read_scalar(value, int, param)
        if bool in members and value in ("true", "false"):
            return value == "true"
        # `Literal['a', 'b'] | str` lists the values Stripe takes, `Literal['']` allows emptying.
        if str in members and not any(choices):
            return value
        raise _not_a_choice(value, choices, param)
    for member in members:
        if is_typeddict(member) or get_origin(member) is list:
            return _read(value, member, param)
    return _read_texts(value, param)


def _read_choice(value: Tree, choices: tuple[Any, ...], param: str) -> str:
    if not isinstance(value, str) or value not in choices:
        raise _not_a_choice(value, choices, param)
    return value


def _not_a_choice(value: Tree, choices: Iterable[Any], param: str) -> Exception:
    allowed = ", ".join(str(choice) for choice in choices if choice != "")
    return invalid(param, f"Invalid {param}: must be one of {allowed}, not {value!r}")


def _read_list(value: Tree, member: Any, param: str) -> list[Any]:
    if not isinstance(value, dict) or not all(key.isascii() and key.isdigit() for key in value):
        raise invalid(param, f"Invalid array: {param}")
    ordered = sorted(value.items(), key=lambda item: int(item[0]))
    return [_read(item, member, f"{param}[{index}]") for index, item in ordered]


def _read_group(value: Tree, typed_dict: Any, param: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid(param, f"Invalid object: {param} must be a group of parameters")
    declared = _parameter_types(typed_dict)
    for name in value:
        if name not in declared:
            raise unknown_parameter(f"{param}[{name}]")
    for name in typed_dict.__required_keys__ - set(value):
        raise missing_parameter(f"{param}[{name}]")
    return {
        name: _read(member, declared[name], f"{param}[{name}]") for name, member in value.items()
    }


def _read_texts(value: Tree, param: str) -> dict[str, str]:
    """Metadata: a flat group of texts under names of the sender's own."""
    assert isinstance(value, dict)
    for name, text in value.items():
        if not isinstance(text, str):
            raise invalid(f"{param}[{name}]", f"Invalid string: {param}[{name}]")
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _read_scalar(value: Tree, declared: Any, param: str) -> Any:
    assert isinstance(value, str)
    if declared is bool:
        if value not in ("true", "false"):
            raise invalid(param, f"Invalid boolean: {value}")
        return value == "true"
    if declared is int:
        digits = value.removeprefix("-")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
            raise invalid(param, f"Invalid integer: {value}", "parameter_invalid_integer")
        return int(value)
    if declared is Decimal:
        raise not_played(param)
    if value == "" and declared is str:
        raise invalid(
            param,
            f"You passed an empty string for '{param}'. Leave it out to leave it unset.",
            "parameter_invalid_empty",
        )
    return value
