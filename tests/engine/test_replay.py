"""`replay`: what a document says, what has happened by a moment, and what cannot be used."""

import copy

import pytest

from tests.engine.documents import (
    CLOSES,
    HOUR,
    MINUTE,
    OPENS,
    SECOND,
    START,
    STEP,
    bid,
    replay_document,
    written,
)
from tests.engine.running import run

SUSPEND = {"type": "suspend", "by": "court", "reason": "objection 12"}
WITHDRAW = {"type": "withdraw", "by": "court", "reason": "settled"}


def at(moment, event):
    return {"at": written(moment), **event}


def replayed(*events, **changes):
    ran = run("replay", stdin=replay_document(*events, **changes))
    assert ran.status == 0, ran.err
    return ran.answer


def test_a_sale_without_events_fails():
    answer = replayed()

    assert answer["status"] == "unsold"
    assert answer["decisions"] == []
    assert [answer[key] for key in ("leader", "winner", "price")] == [None, None, None]
    assert answer["closes_at"] == written(CLOSES)


def test_without_as_of_everything_has_happened_also_after_the_end():
    answer = replayed(
        bid(OPENS, "B01", START),
        bid(CLOSES, "B02", START + STEP),
        bid(CLOSES + HOUR, "B02", START + STEP),
    )

    assert [decision.get("reason") for decision in answer["decisions"]] == [
        None,
        "closed",
        "closed",
    ]
    assert (answer["status"], answer["winner"]) == ("sold", "B01")
    assert (answer["accepted"], answer["refused"]) == (1, 2)


def test_without_as_of_a_stay_that_stands_is_the_last_word():
    answer = replayed(bid(OPENS, "B01", START), at(OPENS + HOUR, SUSPEND))

    assert (answer["status"], answer["winner"], answer["price"]) == ("suspended", None, START)


def test_an_event_at_as_of_has_happened_and_a_later_one_has_not():
    events = [bid(OPENS, "B01", START), bid(OPENS + SECOND, "B02", START + STEP)]

    before = replayed(*events, as_of=written(OPENS))
    after = replayed(*events, as_of=written(OPENS + SECOND))

    assert (before["accepted"], before["price"], before["status"]) == (1, START, "open")
    assert (after["accepted"], after["price"]) == (2, START + STEP)


def test_an_event_after_as_of_need_not_fit_but_must_have_its_form_and_order():
    resume = at(OPENS + HOUR, {"type": "resume"})
    broken = at(OPENS + HOUR, {"type": "resume", "reason": "x"})
    back = [resume, bid(OPENS + MINUTE, "B01", START)]

    fits = run("replay", stdin=replay_document(resume, as_of=written(OPENS)))
    form = run("replay", stdin=replay_document(broken, as_of=written(OPENS)))
    order = run("replay", stdin=replay_document(*back, as_of=written(OPENS)))

    assert fits.status == 0
    assert form.where == "/events/0/reason"
    assert order.where == "/events/1/at"


@pytest.mark.parametrize(
    ("moment", "status"),
    [(OPENS - SECOND, "not_open"), (OPENS, "open"), (CLOSES - SECOND, "open"), (CLOSES, "unsold")],
)
def test_the_status_as_of_a_moment(moment, status):
    assert replayed(as_of=written(moment))["status"] == status


def test_equal_moments_keep_their_order():
    answer = replayed(bid(OPENS, "B01", START), bid(OPENS, "B02", START))

    assert answer["leader"] == "B01"


def test_offsets_and_fractions_are_answered_in_utc():
    early = {**bid(CLOSES, "B01", START), "at": "2026-05-26T09:59:00.5+08:00"}

    answer = replayed(early)

    assert answer["closes_at"] == "2026-05-26T02:04:00.500000Z"


def test_an_admitted_bidder_bids_with_the_rank_of_the_admission():
    admit = {"type": "admit", "bidder": "P9", "priority_rank": 1}

    answer = replayed(
        bid(OPENS, "B01", START),
        bid(OPENS, "P9", START),
        at(OPENS, admit),
        bid(OPENS, "P9", START),
    )

    assert [d.get("reason") for d in answer["decisions"]] == [None, "not_admitted", None]
    assert answer["winner"] == "P9"


def _changed(document, path, value):
    """The document with `value` put in, or with `...` taken out, at the JSON pointer `path`."""
    document = copy.deepcopy(document)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split("/")[1:]]
    place = document
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


RICH = replay_document(
    bid(OPENS, "B01", START),
    at(OPENS + HOUR, {**SUSPEND, "by": "platform", "since": written(OPENS + MINUTE)}),
    at(OPENS + 2 * HOUR, {"type": "resume", "closes_at": written(CLOSES)}),
    at(OPENS + 3 * HOUR, {"type": "admit", "bidder": "B07", "priority_rank": 3}),
    at(OPENS + 4 * HOUR, WITHDRAW),
    as_of=written(CLOSES),
)


def test_the_rich_document_is_good_as_it_stands():
    assert run("replay", stdin=RICH).status == 0


REQUIRED = [
    "/format",
    "/rules",
    "/sale",
    "/bidders",
    "/events",
    "/sale/property_kind",
    "/sale/round",
    "/sale/currency",
    "/sale/starting_price",
    "/sale/increment",
    "/sale/opens_at",
    "/sale/closes_at",
    "/bidders/0/code",
    "/events/0/at",
    "/events/0/type",
    "/events/0/bidder",
    "/events/0/amount",
    "/events/1/by",
    "/events/1/reason",
    "/events/3/bidder",
    "/events/4/by",
    "/events/4/reason",
]


@pytest.mark.parametrize("path", REQUIRED)
def test_a_missing_key_is_named(path):
    assert run("replay", stdin=_changed(RICH, path, ...)).where == path


OPTIONAL = [
    "/as_of",
    "/sale/multiples_only",
    "/bidders/2/priority_rank",
    "/bidders/4/excluded",
    "/events/1/since",
    "/events/2/closes_at",
    "/events/3/priority_rank",
]


@pytest.mark.parametrize("path", OPTIONAL)
def test_an_optional_key_may_be_left_out_but_is_never_null(path):
    document = _changed(RICH, "/sale/multiples_only", True)

    assert run("replay", stdin=_changed(document, path, ...)).status == 0
    assert run("replay", stdin=_changed(document, path, None)).where == path


def _is_good(path, value):
    return (
        (path == "/sale/multiples_only" and value is True)
        or (path in ("/bidders", "/events") and value == [])
        # A free text may hold control characters, a code may not.
        or (path.endswith(("reason", "excluded")) and value == "\u0007")
    )


WRONG = [
    (path, value)
    for path in [*REQUIRED, *OPTIONAL]
    for value in [None, [], {}, "", 1.5, -1, True, "\u0007"]
    if not _is_good(path, value)
]


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_a_value_of_the_wrong_type_is_named(path, value):
    where = run("replay", stdin=_changed(RICH, path, value)).where

    # An object that lacks its contents is named at the first thing that is missing.
    assert where == path or (value == {} and where.startswith(path + "/"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/x", 1),
        ("/sale/x", 1),
        ("/bidders/0/x", 1),
        ("/events/0/x", 1),
        ("/events/0/reason", "x"),
        ("/events/2/reason", "x"),
        ("/events/4/since", written(OPENS)),
        ("/rules", "cn"),
        ("/format", "auction-replay/2"),
        ("/sale/currency", "cny"),
        ("/sale/currency", "CNY\n"),
        ("/sale/round", "third"),
        ("/sale/starting_price", 0),
        ("/sale/starting_price", 2**63),
        ("/sale/increment", 0),
        ("/sale/closes_at", written(OPENS)),
        ("/bidders/0/code", "x" * 65),
        ("/bidders/1/code", "B01"),
        ("/bidders/0/code", "a\u0085b"),
        ("/bidders/2/priority_rank", 0),
        ("/bidders/2/priority_rank", 1001),
        ("/bidders/4/excluded", "x" * 201),
        ("/events/0/amount", 2**63),
        ("/events/0/type", "outcome"),
        ("/events/1/by", "bank"),
        ("/events/4/by", "platform"),
        ("/events/1/since", written(OPENS + 9 * HOUR)),
        ("/events/2/closes_at", written(OPENS + 2 * HOUR)),
        ("/events/3/bidder", "B01"),
        ("/events/2/type", "withdraw"),
        ("/as_of", "2026-05-25"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_named(path, value):
    document = _changed(RICH, path, value)
    if path == "/events/2/type":
        path = "/events/2/closes_at"  # The key that a withdrawal does not know.

    assert run("replay", stdin=document).where == path


@pytest.mark.parametrize(
    "good",
    [
        "2026-05-25T02:00:00Z",
        "2026-05-25T02:00:00.1Z",
        "2026-05-25T02:00:00.123456+00:00",
        "2026-05-24T23:30:00-02:30",
        "2024-02-29T00:00:00+14:00",
        "1900-01-01T00:00:00Z",
        "1900-01-01T00:00:00+23:59",
        "2999-12-31T23:59:59Z",
        "2999-12-31T23:59:59-23:59",
    ],
)
def test_a_moment_as_it_should_be(good):
    assert run("replay", stdin=replay_document(as_of=good)).status == 0


@pytest.mark.parametrize(
    "bad",
    [
        "2026-05-25T02:00:00",
        "2026-05-25 02:00:00Z",
        "2026-05-25T02:00:00.Z",
        "2026-05-25T02:00:00.1234567Z",
        "2026-05-25T02:00:00,5Z",
        "2026-05-25T02:00Z",
        "2026-05-25T24:00:00Z",
        "2026-05-25T02:00:60Z",
        "2026-02-29T02:00:00Z",
        "2026-05-25T02:00:00z",
        "2026-05-25t02:00:00Z",
        "2026-05-25T02:00:00+0800",
        "2026-05-25T02:00:00+08",
        "2026-05-25T02:00:00+24:00",
        "2026-05-25T02:00:00+08:60",
        "2026-05-25T02:00:00Z\n",
        " 2026-05-25T02:00:00Z",
        "2026-W22-1T02:00:00Z",
        "２０２６-05-25T02:00:00Z",
        "1899-12-31T23:59:59Z",
        "3000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1779674400",
    ],
)
def test_a_moment_as_it_must_not_be(bad):
    assert run("replay", stdin=replay_document(as_of=bad)).where == "/as_of"


def test_codes_are_counted_in_characters_and_compared_by_code_point():
    document = replay_document(bid(OPENS, "竞" * 64, START), bid(OPENS, "é", START))
    document["bidders"] = [{"code": "竞" * 64}, {"code": "é"}, {"code": "e\u0301"}]

    answer = run("replay", stdin=document).answer

    assert answer["leader"] == "竞" * 64
    assert answer["decisions"][1]["reason"] == "equal_needs_better_priority"
