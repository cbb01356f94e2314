"""Who may bid, and who stands before whom: RULE-E1 to E12, F1 to F8, D7, D9."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.invariants import BrokenInvariant
from auction_engine.money.deposits import deposit_due
from auction_engine.rulepacks import sale_pack
from auction_engine.sale import joint
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import BidRefused, RefusalReason
from auction_engine.sale.closing import outcome
from auction_engine.sale.course import Course
from auction_engine.sale.events import Admit, Bid
from auction_engine.sale.exclusion import ARTICLES, LISTED, NEXT, EntryState, Ground, counts_in
from auction_engine.sale.id_numbers import born_on, is_company_code, normalised
from auction_engine.sale.joint import Fault, JointBuyer, Violation, read_share
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.qualification import (
    SOURCES,
    Asks,
    Capacity,
    Incapacity,
    Silence,
    Standing,
    capacity_by,
    code_prefix,
    incapacity,
    missing_statements,
    standing,
    undeclared,
    waivers,
)
from auction_engine.sale.state import opening_sale
from auction_engine.sale.terms import SaleTerms

OPENS = datetime(2026, 5, 25, 2, 0, tzinfo=UTC)
ENDS = datetime(2026, 5, 26, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
STEP = 100_000
START = 10_000_000

ORDINARY, TENANT, CO_OWNER = Bidder("B"), Bidder("P2", 2), Bidder("P1", 1)
BORN_1949, COMPANY = "11010519491231002X", "91110000600037341L"


def a_course(*bidders: Bidder) -> Course:
    terms = SaleTerms(
        rules=sale_pack("cn-2016-18"),
        property_kind=PropertyKind.REAL_PROPERTY,
        round=Round.FIRST,
        currency="CNY",
        starting_price=START,
        increment=STEP,
        opens_at=OPENS,
        closes_at=ENDS,
    )
    return Course(opening_sale(terms), bidders)


def bid(course: Course, code: str, amount: int, at: datetime) -> RefusalReason | None:
    """Why it is refused; None where it leads."""
    decision = course.take(Bid(at, code, amount)).decision
    return decision.reason if isinstance(decision, BidRefused) else None


# --- priority purchasers (F) ---------------------------------------------------------------------


def test_the_script_of_the_rulebook() -> None:
    """RULE-F3, RULE-F4, RULE-F5: from the first bid to the co-owner's purchase."""
    course, at = a_course(ORDINARY, TENANT, CO_OWNER), OPENS + MINUTE
    leaders = []

    def leads(code: str, amount: int) -> RefusalReason | None:
        refused = bid(course, code, amount, at)
        leaders.append(course.sale.leader.code)
        return refused

    answers = [
        leads("B", START),
        leads("P2", START),
        leads("P1", START),
        leads("P2", START),
        leads("B", START),
        leads("B", START + STEP),
        leads("P1", START + STEP),
    ]

    equal = RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY
    assert answers == [None, None, None, equal, equal, None, None]
    assert leaders == ["B", "P2", "P1", "P1", "P1", "B", "P1"]
    ended = outcome(course.sale, ENDS)
    assert (ended.standing.winner, ended.standing.price) == ("P1", START + STEP)


def test_of_the_same_rank_the_first_in_time_keeps_the_lead() -> None:
    """RULE-F4, RULE-F8: co-owners do not share, the first one stands."""
    course = a_course(Bidder("C1", 1), Bidder("C2", 1))
    bid(course, "C1", START, OPENS)

    refused = bid(course, "C2", START, OPENS + SECOND)

    assert refused is RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY
    assert course.sale.leader.code == "C1"


def test_an_equal_bid_of_a_better_rank_extends_and_may_be_overbid() -> None:
    """RULE-F6: an equal-price bid is a bid."""
    course = a_course(ORDINARY, CO_OWNER)
    bid(course, "B", START, OPENS)
    bid(course, "P1", START, ENDS - MINUTE)

    raised = bid(course, "B", START + STEP, ENDS + 2 * MINUTE)
    matched = bid(course, "P1", START + STEP, ENDS + 3 * MINUTE)

    assert raised is None and matched is None
    assert course.sale.closes_at == ENDS + 8 * MINUTE
    assert course.sale.extensions == 3


def test_a_priority_purchaser_bids_the_starting_price_at_least() -> None:
    """RULE-F7."""
    course = a_course(CO_OWNER)

    assert bid(course, "P1", START - 1, OPENS) is RefusalReason.BELOW_STARTING_PRICE
    assert bid(course, "P1", START, OPENS) is None


def test_a_priority_purchaser_without_a_deposit_is_not_admitted() -> None:
    """RULE-F7, RULE-E3: no code is known before the deposit is there."""
    course = a_course(ORDINARY)
    bid(course, "B", START, OPENS)

    refused = bid(course, "P1", START, OPENS + MINUTE)
    course.take(Admit(OPENS + 2 * MINUTE, "P1", 1))

    assert refused is RefusalReason.NOT_ADMITTED
    assert bid(course, "P1", START, OPENS + 3 * MINUTE) is None


@pytest.mark.parametrize(("before_the_end", "counts"), [(30 * SECOND, True), (0 * SECOND, False)])
def test_an_admission_before_the_extended_end_still_counts(
    before_the_end: timedelta, counts: bool
) -> None:
    """RULE-E4: bidding ends when it ends, not when it was announced to."""
    course = a_course(ORDINARY)
    bid(course, "B", START, ENDS - 2 * MINUTE)
    extended = course.sale.closes_at
    assert extended == ENDS + 3 * MINUTE

    admitted = course.take(Admit(extended - before_the_end, "N"))
    refused = bid(course, "N", START + STEP, extended - before_the_end)

    assert hasattr(admitted, "sale") is counts
    assert refused is (None if counts else RefusalReason.CLOSED)


@given(st.lists(st.tuples(st.sampled_from(["B", "P1", "P2"]), st.integers(0, 3)), max_size=30))
def test_the_leader_is_always_the_top_of_one_order(offers: list[tuple[str, int]]) -> None:
    """RULE-F5: amount, then rank, then arrival; nothing else decides."""
    ranks = {"B": 1_001, "P2": 2, "P1": 1}
    course, accepted = a_course(ORDINARY, TENANT, CO_OWNER), []
    for number, (code, steps) in enumerate(offers):
        amount = START + steps * STEP
        if bid(course, code, amount, OPENS + number * SECOND) is None:
            accepted.append((-amount, ranks[code], number, code))

    if accepted:
        assert course.sale.leader.code == min(accepted)[-1]


@pytest.mark.parametrize(
    ("for_another", "jointly", "expected"),
    [
        (False, False, Standing(1, 500)),
        (True, False, Standing(None, None)),
        (False, True, Standing(None, None)),
    ],
)
def test_a_first_right_and_a_claim_are_not_lent(
    for_another: bool, jointly: bool, expected: Standing
) -> None:
    """RULE-F1, RULE-E6."""
    found = standing(
        confirmed_rank=1, applicant_claim=500, for_another=for_another, jointly=jointly
    )

    assert found == expected


def test_each_rank_has_codes_of_its_own() -> None:
    """RULE-F2."""
    assert [code_prefix(rank) for rank in (None, 1, 2, 1000)] == ["", "P1-", "P2-", "P1000-"]


def test_without_confirmation_one_bids_as_everybody() -> None:
    """RULE-F1."""
    assert standing(confirmed_rank=None, applicant_claim=None) == Standing(None, None)


def test_silence_is_a_waiver_counted_by_rank() -> None:
    """RULE-D7, RULE-D8: who of a rank was silent is not told."""
    assert waivers(confirmed=[2, 1, 1], bid=[1]) == (Silence(1, 2, 1), Silence(2, 1, 0))
    assert [each.waived for each in waivers([2, 1, 1], [1])] == [1, 1]
    assert waivers([], []) == ()


def test_nobody_bids_with_a_rank_that_was_not_confirmed() -> None:
    with pytest.raises(BrokenInvariant):
        waivers(confirmed=[1], bid=[2])


# --- deposits (E6) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "due"),
    [
        (15_000_000, 5_000_000),
        (20_000_000, 0),
        (90_000_000, 0),
        (0, 20_000_000),
        (None, 20_000_000),
    ],
)
def test_the_applicant_deposits_what_the_claim_lacks(claim: int | None, due: int) -> None:
    """RULE-E6: a deposit of 200,000 yuan; the others pay it in full."""
    assert deposit_due(20_000_000, applicant_claim_minor=claim) == due


# --- capacity (E1) -------------------------------------------------------------------------------


def number_of(birthday: str) -> str:
    """A resident's number with this birthday and a right check sign."""
    first = f"110105{birthday}002"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(sign) for weight, sign in zip(weights, first, strict=True))
    return first + "10X98765432"[total % 11]


TODAY = date(2026, 5, 26)


@pytest.mark.parametrize(
    ("birthday", "declared", "expected"),
    [
        ("20080526", Capacity.ADULT, None),
        ("20080527", Capacity.ADULT, Incapacity.UNDER_AGE),
        ("20080527", Capacity.OWN_LABOUR, None),
        ("20100526", Capacity.OWN_LABOUR, None),
        ("20100527", Capacity.OWN_LABOUR, Incapacity.UNDER_AGE),
        ("19491231", Capacity.COMPANY, Incapacity.NOT_A_COMPANY),
    ],
)
def test_full_age_is_reached_on_the_birthday(
    birthday: str, declared: Capacity, expected: Incapacity | None
) -> None:
    """RULE-E1."""
    assert incapacity(number_of(birthday), declared, TODAY) is expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [(Capacity.COMPANY, None), (Capacity.ADULT, Incapacity.NOT_A_PERSON)],
)
def test_a_company_declares_to_be_one(declared: Capacity, expected: Incapacity | None) -> None:
    assert incapacity(COMPANY, declared, TODAY) is expected


@pytest.mark.parametrize("declared", list(Capacity))
def test_a_number_that_tells_nothing_is_believed(declared: Capacity) -> None:
    assert incapacity("E12345678", declared, TODAY) is None


def test_a_number_lets_one_expect_a_capacity() -> None:
    assert capacity_by(COMPANY) is Capacity.COMPANY
    assert capacity_by(BORN_1949) is Capacity.ADULT
    assert capacity_by("E12345678") is Capacity.ADULT


def test_numbers_are_the_same_however_they_are_typed() -> None:
    written = {"11010519491231002x", "１１０１０５19491231 002X", " 110105-19491231-002X "}

    assert {normalised(number) for number in written} == {BORN_1949}


@pytest.mark.parametrize("number", [BORN_1949[:-1] + "1", "110105194913310020", "E1", ""])
def test_a_wrong_number_has_no_birthday(number: str) -> None:
    assert born_on(number) is None


@pytest.mark.parametrize(
    ("number", "is_one"), [(COMPANY, True), (COMPANY[:-1] + "M", False), ("E12345678", False)]
)
def test_a_companys_code_has_its_check_sign(number: str, is_one: bool) -> None:
    assert is_company_code(number) is is_one


# --- qualifications (D9, E11, E12) ---------------------------------------------------------------


def test_each_qualification_is_declared_or_the_bidder_is_not_admitted() -> None:
    """RULE-E11."""
    assert undeclared(["q1", "q2"], ["q2"]) == ("q1",)
    assert undeclared(["q1", "q2"], ["q2", "q1", "other"]) == ()


def test_the_defaulter_list_is_asked_about_where_the_announcement_says_so_alone() -> None:
    """RULE-E12: no article bars whoever stands on it."""
    assert SOURCES[Asks.NOT_ON_DEFAULTER_LIST] == ""
    assert set(SOURCES) == set(Asks)


def test_shares_are_announced_with_their_capital() -> None:
    """RULE-D9."""
    assert missing_statements("shares", has_equity_terms=False) == ("equity_terms",)
    assert missing_statements("shares", has_equity_terms=True) == ()
    assert missing_statements("home", has_equity_terms=False) == ()


# --- exclusion (E9, E10, A8) ---------------------------------------------------------------------


def test_nobody_is_barred_from_a_sale_that_has_opened() -> None:
    """RULE-A8: the opening instant belongs to the bidders."""
    assert counts_in(entered_at=OPENS - SECOND, opens_at=OPENS)
    assert not counts_in(entered_at=OPENS, opens_at=OPENS)


def test_a_court_lists_whom_the_law_excludes_and_no_defaulter() -> None:
    """RULE-E9, RULE-E10: a default is decided, not listed."""
    assert Ground.DEFAULTED not in LISTED
    assert {ARTICLES[ground] for ground in LISTED} == {"34"}
    assert ARTICLES[Ground.DEFAULTED] == "24"


def test_what_was_lifted_stays_lifted() -> None:
    assert NEXT[EntryState.LIFTED] == frozenset()
    assert set(NEXT) == set(EntryState)


# --- joint purchase ------------------------------------------------------------------------------


def buyers(*shares: str) -> list[JointBuyer]:
    return [
        JointBuyer(f"Buyer {number}", f"E{number}", read_share(share) or Fraction(0))
        for number, share in enumerate(shares)
    ]


@pytest.mark.parametrize("shares", [("1/3", "1/3", "1/3"), ("60%", "40%"), ("12.5%", "7/8")])
def test_shares_that_make_a_whole_can_stand(shares: tuple[str, ...]) -> None:
    """RULE-E8: named in advance, with their shares."""
    assert joint.violations(buyers(*shares)) == ()


@pytest.mark.parametrize(
    ("shares", "fault"),
    [
        (("33%", "33%", "33%"), Violation(Fault.SHARES_NOT_WHOLE)),
        (("1/2",), Violation(Fault.ALONE)),
        (("1/2", "nothing"), Violation(Fault.NO_SHARE, 1)),
        (("1/6",) * 6, Violation(Fault.TOO_MANY)),
    ],
)
def test_everything_that_is_wrong_is_said(shares: tuple[str, ...], fault: Violation) -> None:
    assert fault in joint.violations(buyers(*shares))


def test_nobody_buys_twice_under_one_number() -> None:
    first, second = buyers("1/2", "1/2")
    again = JointBuyer(second.name, " e0 ", second.share)

    assert joint.violations([first, again]) == (Violation(Fault.SAME_PERSON, 1),)


def test_names_that_fit_no_confirmation_are_refused() -> None:
    long = [JointBuyer("甲" * 101, f"E{number}", Fraction(1, 2)) for number in range(2)]

    assert joint.violations(long) == (Violation(Fault.NAMES_TOO_LONG),)


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("1/3", Fraction(1, 3)),
        (" 2 / 6 ", Fraction(1, 3)),
        ("12.5%", Fraction(1, 8)),
        ("40 %", Fraction(2, 5)),
        ("100%", None),
        ("0%", None),
        ("1/0", None),
        ("3/2", None),
        ("0.5", None),
        ("", None),
        ("1/9999999", None),
    ],
)
def test_a_share_is_read_as_it_is_written(written: str, share: Fraction | None) -> None:
    assert read_share(written) == share


def test_joint_buyers_are_named_before_bidding_opens() -> None:
    """RULE-E8."""
    assert joint.may_be_named(at=OPENS - SECOND, opens_at=OPENS)
    assert not joint.may_be_named(at=OPENS, opens_at=OPENS)
