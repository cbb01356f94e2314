"""Lists, newest first, a page at a time, with ids put in or opened up."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.refusals import invalid, no_such

Thing = dict[str, Any]


# The things of a list, newest first; those after one of them, where its id is given.
Source = Callable[[str | None], Iterable[Thing]]


def page(
    account: Account,
    source: Source,
    params: dict[str, Any],
    url: str,
    wanted: Callable[[Thing], bool] = lambda thing: True,
) -> Thing:
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("limit", "Invalid limit: it must be from 1 to 100.")
    created = params.get("created")
    things = source(params.get("starting_after"))
    wished = (thing for thing in things if wanted(thing) and _created_as_asked(thing, created))
    if "ending_before" in params:
        before = list(wished)
        chosen = before[: _place(before, params["ending_before"], "ending_before")][-limit:]
    else:
        chosen = list(islice(wished, limit + 1))
    shown = chosen[:limit]
    return {
        "object": "list",
        "url": url,
        "has_more": len(chosen) > limit,
        "data": shown,
    }


def expanded(account: Account, thing: Thing, paths: list[str]) -> Thing:
    """`thing` with the ids at `paths` replaced by the objects they name."""
    for path in paths:
        head, _, rest = path.partition(".")
        if thing.get("object") == "list" and head == "data":
            thing = {**thing, "data": [_one(account, m, rest, path) for m in thing["data"]]}
        else:
            thing = _one(account, thing, path, path)
    return thing


def _one(account: Account, thing: Thing, path: str, asked: str) -> Thing:
    head, _, rest = path.partition(".")
    if head not in thing:
        raise invalid("expand", f"This property cannot be expanded ({asked}).")
    value = thing[head]
    if isinstance(value, str):
        value = account.store.find_any(value)
        if value is None:
            raise invalid("expand", f"This property cannot be expanded ({asked}).")
    if rest and isinstance(value, dict):
        value = _one(account, value, rest, asked)
    return {**thing, head: value}


def whole(things: Sequence[Thing]) -> Source:
    """The source of a list that is at hand."""
    return lambda after: (
        things if after is None else things[_place(things, after, "starting_after") + 1 :]
    )


def _place(things: Sequence[Thing], object_id: str, param: str) -> int:
    for index, thing in enumerate(things):
        if thing["id"] == object_id:
            return index
    raise no_such("object", object_id, param)


def _created_as_asked(thing: Thing, asked: Any) -> bool:
    if asked is None:
        return True
    created = thing["created"]
    if isinstance(asked, int):
        return bool(created == asked)
    return (
        created > asked.get("gt", -1)
        and created >= asked.get("gte", 0)
        and created < asked.get("lt", created + 1)
        and created <= asked.get("lte", created)
    )
