"""Addresses of all routes, for tests over the whole of `url_map`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

NOBODYS = "0000000000"


def methods_of(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


def address_of(app: Flask, rule: Rule, method: str, values: Mapping[str, str] | None = None) -> str:
    """The address of a route; what is not in `values` names nothing that exists."""
    chosen = {
        name: (values or {}).get(name, sample(converter))
        for name, converter in rule._converters.items()
    }
    return app.url_map.bind("127.0.0.1").build(rule.endpoint, chosen, method)


def all_addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted(methods_of(rule)):
            yield method, address_of(app, rule, method), rule.endpoint


def sample(converter: Any) -> Any:
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return 1 if isinstance(converter, IntegerConverter) else NOBODYS
