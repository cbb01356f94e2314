"""A law is a pack: it loads whole or not at all, and is chosen by the proceeding's day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from auction_engine.rulepacks import RULE_PACKS, rule_pack
from auction_engine.rulepacks.catalogue import (
    PackUnfit,
    catalogue,
    pack_for,
    pack_of,
    read_otherwise,
)
from auction_engine.rulepacks.pack import Validity
from tests.engine.documents import (
    CLOSES,
    HOUR,
    OPENS,
    START,
    bid,
    check_document,
    replay_document,
    written,
)
from tests.engine.running import run

CN, ES_2025, ES_2000 = (RULE_PACKS[name] for name in ("cn-2016-18", "es-2025", "es-2000"))


def lasting(pack, begins, ends):
    return replace(pack, id=f"{begins}", valid=Validity(begins, ends))


@pytest.mark.parametrize(
    ("begun_on", "law"),
    [
        (date(2015, 1, 1), "es-2000"),
        (date(2025, 4, 2), "es-2000"),
        (date(2025, 4, 3), "es-2025"),
        (date(2030, 1, 1), "es-2025"),
    ],
)
def test_the_day_of_the_proceeding_chooses_the_law(begun_on, law):
    assert pack_for(RULE_PACKS, "es", begun_on).id == law


def test_where_no_pack_covers_a_day_there_is_none():
    only_new = catalogue([ES_2025])

    assert pack_for(only_new, "es", date(2025, 4, 2)) is None
    assert pack_for(RULE_PACKS, "xx", date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ((None, date(2020, 1, 1)), (date(2020, 1, 3), None), "covers 2020-01-01 to 2020-01-02"),
        ((None, date(2020, 1, 2)), (date(2020, 1, 1), None), "overlap"),
        ((None, None), (date(2020, 1, 1), None), "overlap"),
        ((date(2020, 1, 1), date(2020, 1, 1)), (date(2020, 1, 1), None), "valid on no day"),
    ],
)  # fmt: skip
def test_a_gap_or_an_overlap_does_not_load_and_says_why(first, second, why):
    with pytest.raises(PackUnfit, match=why):
        catalogue([lasting(CN, *first), replace(lasting(CN, *second), id="later")])


def test_the_same_id_twice_does_not_load():
    with pytest.raises(PackUnfit, match="cn-2016-18 stands twice"):
        catalogue([CN, CN])


def test_an_unknown_and_a_missing_key_are_named():
    values = {
        name: getattr(CN, name) for name in ("id", "family", "name", "valid", "course", "draft")
    }

    assert pack_of(values).id == CN.id
    with pytest.raises(PackUnfit, match="cn-2016-18: unknown key 'colour'"):
        pack_of({**values, "colour": "red"})
    del values["course"]
    with pytest.raises(PackUnfit, match="cn-2016-18: 'course' is missing"):
        pack_of(values)


def test_a_reading_that_does_not_exist_is_refused_in_words():
    with pytest.raises(PackUnfit, match="leaves no question open under 'moon'"):
        read_otherwise(CN, {"moon": "full"})
    with pytest.raises(PackUnfit, match="bid_at_the_end is one of late, in, not 'maybe'"):
        read_otherwise(CN, {"bid_at_the_end": "maybe"})


def test_a_default_reading_changes_nothing_and_does_not_show():
    assert read_otherwise(CN, {"bid_at_the_end": "late"}) is CN


def test_a_pack_has_one_id_for_its_readings():
    both = read_otherwise(CN, {"time_after_stay": "time_left", "bid_at_the_end": "in"})

    assert both.id == "cn-2016-18+bid_at_the_end=in+time_after_stay=time_left"
    assert rule_pack(both.id).chosen == both.chosen
    for spelling in (
        "cn-2016-18+time_after_stay=time_left+bid_at_the_end=in",
        "cn-2016-18+bid_at_the_end=late",
        "cn-2016-18+bid_at_the_end=in+bid_at_the_end=in",
        "cn-2016-18+",
        "cn-2016-18+bid_at_the_end",
    ):
        assert rule_pack(spelling) is None, spelling


def test_every_open_question_has_two_readings_and_names_its_rule():
    for switch in CN.switches.values():
        assert len(switch.values) >= 2
        assert switch.rule and switch.question.endswith("?")


@pytest.mark.parametrize(
    ("rules", "accepted"),
    [("cn-2016-18", False), ("cn-2016-18+bid_at_the_end=in", True)],
)
def test_a_bid_at_the_very_end_counts_as_the_question_is_read(rules, accepted):
    """RULE-G6, both readings."""
    document = replay_document(bid(CLOSES, "B01", START), rules=rules)

    decision = run("replay", stdin=document).answer["decisions"][0]

    assert decision["accepted"] is accepted
    assert decision.get("reason") == (None if accepted else "closed")


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ("cn-2016-18", timedelta(minutes=5)),
        ("cn-2016-18+time_after_stay=time_left", timedelta(minutes=1)),
    ],
)
def test_a_resumption_gives_back_what_the_question_is_read_to_give(rules, left):
    """RULE-L5, both readings."""
    stayed = {
        "at": written(CLOSES - timedelta(minutes=1)),
        "type": "suspend",
        "by": "court",
        "reason": "objection",
    }
    resumed = {"at": written(CLOSES + HOUR), "type": "resume"}

    result = run("replay", stdin=replay_document(stayed, resumed, rules=rules)).answer

    assert result["closes_at"] == written(CLOSES + HOUR + left)


def test_the_first_floor_binds_later_rounds_only_where_the_question_is_read_so():
    """RULE-C4, both readings: 56 % of the reference price in a second round."""
    as_usual = run("check", stdin=check_document()).answer
    draft = check_document() | {"rules": "cn-2016-18+floor_in_later_rounds=every"}
    strictly = run("check", stdin=draft).answer

    assert as_usual["publishable"]
    assert [(each["rule"], each["limit"]) for each in strictly["violations"]] == [
        ("C4", 70_000_000)
    ]


def test_a_transcript_says_how_the_questions_were_read():
    rules = "cn-2016-18+bid_at_the_end=in"
    document = replay_document(bid(CLOSES, "B01", START), rules=rules)

    transcript = run("replay", "--transcript", stdin=document).out

    assert f'"rules":"{rules}"' in transcript.splitlines()[0]
    assert run("verify", stdin=transcript.encode()).answer["replay"] == "ok"
    otherwise = transcript.replace(rules, "cn-2016-18")
    assert run("verify", stdin=otherwise.encode()).answer["chain"] == "broken"


def test_the_plain_auction_has_no_extension_and_no_rounds():
    document = {
        "format": "auction-replay/1",
        "rules": "generic",
        "sale": {
            "currency": "GBP",
            "starting_price": 100,
            "increment": 10,
            "opens_at": written(OPENS),
            "closes_at": written(CLOSES),
        },
        "bidders": [{"code": "A"}, {"code": "B"}],
        "events": [
            bid(OPENS, "A", 100),
            bid(CLOSES - timedelta(seconds=1), "B", 110),
        ],
    }

    result = run("replay", stdin=document).answer

    assert (result["winner"], result["closes_at"]) == ("B", written(CLOSES))
    assert result["extensions"] == 0


@pytest.mark.parametrize("pack", sorted(RULE_PACKS))
def test_every_pack_can_be_read_as_a_table(pack):
    table = run("rules", pack).out

    assert table.splitlines()[0].split() == ["pack", pack]
    for rule, article in RULE_PACKS[pack].articles.items():
        assert any(line.split("  ")[0] == f"article of {rule}" and line.endswith(article)
                   for line in table.splitlines())  # fmt: skip


def test_all_packs_are_listed_with_the_days_they_are_for():
    table = run("rules").out

    assert [line.split()[0] for line in table.splitlines()] == list(RULE_PACKS)
    assert "for proceedings begun from 2025-04-03 on" in table


def test_a_pack_that_does_not_exist_is_refused_with_those_that_do():
    ran = run("rules", "de-zvg")

    assert ran.where == "usage"
    assert "es-2025" in ran.err
