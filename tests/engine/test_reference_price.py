"""The reference price: methods, inquiry, appraisal, objections, validity, fees (B1 to B15)."""

from datetime import date, timedelta

import pytest

from auction_engine.pricing.agreement import Agreed, NotAgreed, agreed_price
from auction_engine.pricing.appraisal import (
    Instruction,
    LongerRefused,
    drawn_order,
    file_back_deadline,
    next_appraiser,
    reasons_not_to_extend,
    report_deadline,
)
from auction_engine.pricing.fees import appraisal_fee_base, inquiry_fee_shares, renewal_fee
from auction_engine.pricing.inquiry import (
    ExtensionRefused,
    Inquiry,
    InquiryState,
    Mean,
    NoMean,
    Objected,
    Report,
    answer_deadline,
    in_time,
    inquiry_state,
    mean,
    missing_platforms,
    reason_not_to_extend,
    reference_price,
)
from auction_engine.pricing.methods import (
    Because,
    Choice,
    Circumstances,
    Method,
    first_method,
    following_method,
    start_deadline,
)
from auction_engine.pricing.objections import (
    OBJECTION_NEXT,
    Ground,
    Hearing,
    ObjectionRefused,
    ObjectionState,
    deemed_received,
    delivery_deadline,
    explanation_deadline,
    hear,
    next_states,
    objection_deadline,
    pass_on_deadline,
    what_became,
)
from auction_engine.pricing.pauses import Pause, after_pauses
from auction_engine.pricing.validity import (
    ValidityRefused,
    days_to_renew,
    is_expired_before_announcement,
    last_auction_day,
    longest_validity,
    needs_new_price,
    reason_against_validity,
)
from auction_engine.sale.deadlines import WorkingDays, court_deadline, deadline

CALENDAR = WorkingDays()
# A Monday.
MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
PLATFORMS = ("Ask One", "Ask Two", "Ask Three")

# --- beginning, and the order of the methods -----------------------------------------------------


def test_pricing_begins_within_thirty_days_of_the_seizure_RULE_B1() -> None:
    due = start_deadline(date(2026, 3, 2), CALENDAR)

    assert (due.rule, due.days, due.due_on) == ("B1", 30, date(2026, 4, 1))


def test_a_sale_begins_within_ten_days_after_the_price_is_fixed_RULE_B13() -> None:
    assert court_deadline("B13", MONDAY, CALENDAR).due_on == date(2026, 3, 12)


def test_there_are_four_methods_RULE_B2() -> None:
    assert [method.value for method in Method] == [
        "agreement",
        "directed_inquiry",
        "online_inquiry",
        "appraisal",
    ]


@pytest.mark.parametrize(
    ("known", "first"),
    [
        (Circumstances(), (Method.AGREEMENT, Because.FIRST_IN_ORDER)),
        (
            Circumstances(no_agreement_possible=True, public_price=True, fit_for_platforms=True),
            (Method.DIRECTED_INQUIRY, Because.PUBLIC_PRICE),
        ),
        (
            Circumstances(no_agreement_possible=True, fit_for_platforms=True),
            (Method.ONLINE_INQUIRY, Because.FIT_FOR_PLATFORMS),
        ),
        (Circumstances(no_agreement_possible=True), (Method.APPRAISAL, Because.NOTHING_ELSE)),
        (
            Circumstances(both_ask_for=Method.DIRECTED_INQUIRY, public_price=True),
            (Method.DIRECTED_INQUIRY, Because.BOTH_ASK),
        ),
        (
            Circumstances(both_ask_for=Method.DIRECTED_INQUIRY),
            (Method.AGREEMENT, Because.FIRST_IN_ORDER),
        ),
        (
            Circumstances(both_ask_for=Method.ONLINE_INQUIRY, fit_for_platforms=True),
            (Method.ONLINE_INQUIRY, Because.BOTH_ASK),
        ),
        (
            Circumstances(both_ask_for=Method.ONLINE_INQUIRY),
            (Method.AGREEMENT, Because.FIRST_IN_ORDER),
        ),
        (Circumstances(both_ask_for=Method.APPRAISAL), (Method.APPRAISAL, Because.BOTH_ASK)),
        (
            Circumstances(law_requires_appraisal=True, both_ask_for=Method.AGREEMENT),
            (Method.APPRAISAL, Because.LAW_REQUIRES),
        ),
    ],
)
def test_the_first_method_follows_from_what_is_known_RULE_B3(
    known: Circumstances, first: tuple[Method, Because]
) -> None:
    assert first_method(known) == Choice(*first)


@pytest.mark.parametrize(
    ("failed", "known", "following"),
    [
        (Method.AGREEMENT, Circumstances(public_price=True), Method.DIRECTED_INQUIRY),
        (Method.AGREEMENT, Circumstances(fit_for_platforms=True), Method.ONLINE_INQUIRY),
        (Method.AGREEMENT, Circumstances(), Method.APPRAISAL),
        (Method.DIRECTED_INQUIRY, Circumstances(public_price=True), Method.APPRAISAL),
        (
            Method.DIRECTED_INQUIRY,
            Circumstances(public_price=True, fit_for_platforms=True),
            Method.ONLINE_INQUIRY,
        ),
        (Method.ONLINE_INQUIRY, Circumstances(fit_for_platforms=True), Method.APPRAISAL),
        (Method.APPRAISAL, Circumstances(public_price=True), Method.APPRAISAL),
        (
            Method.AGREEMENT,
            Circumstances(
                public_price=True, fit_for_platforms=True, both_ask_for=Method.ONLINE_INQUIRY
            ),
            Method.ONLINE_INQUIRY,
        ),
        # What failed is not tried again because both ask for it.
        (
            Method.ONLINE_INQUIRY,
            Circumstances(fit_for_platforms=True, both_ask_for=Method.ONLINE_INQUIRY),
            Method.APPRAISAL,
        ),
    ],
)
def test_a_failed_method_gives_way_to_the_next_whose_condition_holds_RULE_B3(
    failed: Method, known: Circumstances, following: Method
) -> None:
    assert following_method(failed, known).method is following


# --- agreement -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "harms", "answer"),
    [
        ({"applicant": 100, "debtor": 100}, False, Agreed(100)),
        ({"applicant": 100, "debtor": 101}, False, NotAgreed.DIFFERENT),
        ({"applicant": 100}, False, NotAgreed.SILENT),
        ({"applicant": 100, "debtor": 100}, True, NotAgreed.HARMS_OTHERS),
    ],
)
def test_an_agreement_binds_if_both_say_the_same_and_nobody_is_harmed_RULE_B4(
    named: dict[str, int], harms: bool, answer: Agreed | NotAgreed
) -> None:
    assert agreed_price(named, ("applicant", "debtor"), harms_others=harms) == answer


# --- online inquiry ------------------------------------------------------------------------------


def an_inquiry(*answered: int, **changed: object) -> Inquiry:
    """Sent to three platforms on Monday; those answer that have a day, counted from Monday."""
    reports = tuple(
        Report(name, 90_000_000, MONDAY + days * DAY)
        for name, days in zip(PLATFORMS, answered, strict=False)
    )
    return Inquiry(PLATFORMS, MONDAY, reports, **changed)  # type: ignore[arg-type]


def test_an_inquiry_goes_to_all_listed_platforms_at_once_RULE_B5() -> None:
    assert missing_platforms(PLATFORMS, PLATFORMS[:2]) == ("Ask Three",)
    assert missing_platforms(PLATFORMS, PLATFORMS) == ()


def test_a_platform_has_three_days_RULE_B5() -> None:
    due = answer_deadline(an_inquiry(), CALENDAR)

    assert (due.rule, due.days, due.due_on) == ("B5", 3, date(2026, 3, 5))


@pytest.mark.parametrize(
    ("inquiry", "on", "state"),
    [
        (an_inquiry(), 3, InquiryState.RUNNING),
        (an_inquiry(1, 2, 3), 3, InquiryState.ANSWERED),
        (an_inquiry(1), 3, InquiryState.RUNNING),
        (an_inquiry(1), 4, InquiryState.ANSWERED),
        (an_inquiry(), 4, InquiryState.FAILED),
        (an_inquiry(4), 4, InquiryState.FAILED),
        (an_inquiry(asked=(("Ask One", MONDAY + 3 * DAY),)), 4, InquiryState.EXTENSION_OPEN),
        (an_inquiry(asked=(("Ask One", MONDAY + 4 * DAY),)), 4, InquiryState.FAILED),
        (an_inquiry(is_extended=True), 4, InquiryState.RUNNING),
        (an_inquiry(5, is_extended=True), 9, InquiryState.ANSWERED),
        # Extended once: the eighth of March is a Sunday, the period ends on Monday.
        (
            an_inquiry(is_extended=True, asked=(("Ask One", MONDAY),)),
            8,
            InquiryState.FAILED,
        ),
    ],
)
def test_how_an_inquiry_stands_RULE_B5(inquiry: Inquiry, on: int, state: InquiryState) -> None:
    assert inquiry_state(inquiry, MONDAY + on * DAY, CALENDAR) is state


@pytest.mark.parametrize(
    ("inquiry", "on", "refused"),
    [
        (an_inquiry(asked=(("Ask One", MONDAY + DAY),)), 4, None),
        (an_inquiry(asked=(("Ask One", MONDAY + DAY),)), 3, ExtensionRefused.STILL_RUNNING),
        (an_inquiry(2, asked=(("Ask Two", MONDAY),)), 4, ExtensionRefused.SOME_ANSWERED),
        (an_inquiry(), 4, ExtensionRefused.NOBODY_ASKED),
        (
            an_inquiry(is_extended=True, asked=(("Ask One", MONDAY),)),
            9,
            ExtensionRefused.EXTENDED_ALREADY,
        ),
    ],
)
def test_one_extension_and_only_if_none_answered_in_time_RULE_B5(
    inquiry: Inquiry, on: int, refused: ExtensionRefused | None
) -> None:
    assert reason_not_to_extend(inquiry, MONDAY + on * DAY, CALENDAR) is refused


def test_what_comes_late_does_not_count_RULE_B6() -> None:
    counted = in_time(an_inquiry(3, 4), CALENDAR)

    assert [report.platform for report in counted] == ["Ask One"]


def test_a_platform_that_corrects_its_result_in_time_counts_with_the_corrected_one_RULE_B6() -> (
    None
):
    inquiry = Inquiry(
        PLATFORMS,
        MONDAY,
        (
            Report("Ask One", 100, MONDAY),
            Report("Ask One", 120, MONDAY + 3 * DAY),
            Report("Ask One", 900, MONDAY + 4 * DAY),
        ),
    )

    assert [report.amount for report in in_time(inquiry, CALENDAR)] == [120]


def reports(*results: tuple[int, Objected | None]) -> list[Report]:
    return [
        Report(name, amount, MONDAY, objected)
        for name, (amount, objected) in zip(PLATFORMS, results, strict=False)
    ]


NINE, NINE_SIX, TEN_TWO = 90_000_000, 96_000_000, 102_000_000


@pytest.mark.parametrize(
    ("found", "price"),
    [
        ([(NINE, None), (NINE_SIX, None), (TEN_TWO, None)], 96_000_000),
        ([(NINE, None), (NINE_SIX, None), (TEN_TWO, Objected.PENDING)], 93_000_000),
        # In part objected to: what was objected to is out, however it was decided.
        ([(NINE, None), (NINE_SIX, None), (TEN_TWO, Objected.DISMISSED)], 93_000_000),
        (
            [(NINE, Objected.DISMISSED), (NINE_SIX, Objected.UPHELD), (TEN_TWO, Objected.UPHELD)],
            90_000_000,
        ),
        (
            [
                (NINE, Objected.DISMISSED),
                (NINE_SIX, Objected.CORRECTED),
                (TEN_TWO, Objected.UPHELD),
            ],
            93_000_000,
        ),
    ],
)
def test_the_reference_price_is_the_mean_of_what_stands_RULE_B6(
    found: list[tuple[int, Objected | None]], price: int
) -> None:
    answer = reference_price(reports(*found))

    assert isinstance(answer, Mean)
    assert answer.amount == price


def test_there_is_no_price_while_objections_to_all_are_open_or_when_all_are_upheld_RULE_B6() -> (
    None
):
    undecided = reports((NINE, Objected.PENDING), (TEN_TWO, Objected.DISMISSED))
    upheld = reports((NINE, Objected.UPHELD), (TEN_TWO, Objected.UPHELD))

    assert reference_price(undecided) is NoMean.UNDECIDED
    assert reference_price(upheld) is NoMean.NONE_STANDS
    assert reference_price([]) is NoMean.NO_REPORT


@pytest.mark.parametrize(("amounts", "found"), [([1, 2], 2), ([1, 1, 2], 1), ([1, 2, 2], 2)])
def test_a_mean_is_rounded_to_the_nearest_fen_and_a_half_upwards(
    amounts: list[int], found: int
) -> None:
    assert mean(amounts) == found


# --- appraisal -----------------------------------------------------------------------------------


def test_an_appraiser_has_thirty_days_and_sixty_at_most_RULE_B7() -> None:
    first = Instruction("A", MONDAY)
    longest = Instruction("A", MONDAY, extensions=(15, 15))

    assert report_deadline(first, CALENDAR).due_on == MONDAY + 30 * DAY
    assert report_deadline(longest, CALENDAR).days == 60


@pytest.mark.parametrize(
    ("extensions", "asked_after", "days", "refused"),
    [
        ((), 25, 15, ()),
        ((), 26, 15, (LongerRefused.ASKED_TOO_LATE,)),
        ((), 25, 16, (LongerRefused.TOO_MANY_DAYS,)),
        ((), 25, 0, (LongerRefused.TOO_MANY_DAYS,)),
        ((15,), 40, 15, ()),
        ((15, 15), 50, 1, (LongerRefused.TWICE_ALREADY,)),
        ((1, 1), 31, 16, tuple(LongerRefused)),
    ],
)
def test_more_time_is_asked_for_five_days_before_twice_and_fifteen_days_each_RULE_B7(
    extensions: tuple[int, ...], asked_after: int, days: int, refused: tuple[LongerRefused, ...]
) -> None:
    instruction = Instruction("A", MONDAY, extensions=extensions)
    everyday = WorkingDays(worked=frozenset(MONDAY + n * DAY for n in range(90)))

    answer = reasons_not_to_extend(
        instruction, asked_on=MONDAY + asked_after * DAY, days=days, calendar=everyday
    )

    assert answer == refused


def test_without_a_report_the_file_comes_back_in_three_days_and_the_next_is_asked_RULE_B7() -> None:
    instruction = Instruction("A", MONDAY)

    # The thirtieth day is a Wednesday; three days later is a Saturday, so Monday.
    assert file_back_deadline(instruction, CALENDAR).due_on == date(2026, 4, 6)
    assert next_appraiser(("A", "B", "C"), ("A",)) == "B"
    assert next_appraiser(("A", "B", "C"), ("A", "B", "C")) is None


def test_a_lot_gives_three_appraisers_and_can_be_drawn_again_RULE_B7() -> None:
    candidates = ["Fair", "Just", "True", "Even", "Sure"]

    drawn = drawn_order(candidates, "seed")

    assert len(set(drawn)) == 3
    assert drawn == drawn_order(candidates[::-1], "seed")
    assert len({drawn_order(candidates, f"seed {n}") for n in range(40)}) > 10


# --- delivery and objections ---------------------------------------------------------------------


def test_reports_go_out_in_three_days_and_without_an_address_count_after_fifteen_RULE_B8() -> None:
    assert delivery_deadline(MONDAY, CALENDAR).due_on == date(2026, 3, 5)
    # A Saturday: a fiction does not wait for the court to open.
    assert deemed_received(date(2026, 3, 6)).due_on == date(2026, 3, 21)


def test_five_days_to_object_three_to_pass_on_five_to_explain_RULE_B9() -> None:
    assert objection_deadline(date(2026, 3, 3), CALENDAR).due_on == date(2026, 3, 9)
    assert pass_on_deadline(MONDAY, CALENDAR).due_on == date(2026, 3, 5)
    assert explanation_deadline(MONDAY, CALENDAR).due_on == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("ground", "method", "raised_after", "announced_after", "answer"),
    [
        (Ground.FACTS_WRONG, Method.APPRAISAL, 7, None, Hearing.CONDUCT),
        (Ground.FACTS_WRONG, Method.APPRAISAL, 8, None, ObjectionRefused.LATE),
        (Ground.SCOPE_WRONG, Method.ONLINE_INQUIRY, 7, None, Hearing.CONDUCT),
        (Ground.NOT_QUALIFIED, Method.APPRAISAL, 1, None, Hearing.CONDUCT),
        (Ground.SERIOUS_BREACH, Method.APPRAISAL, 1, None, Hearing.CONDUCT),
        (Ground.TECHNICAL, Method.APPRAISAL, 7, None, Hearing.TECHNICAL),
        (Ground.TECHNICAL, Method.APPRAISAL, 8, None, ObjectionRefused.LATE),
        (Ground.TECHNICAL, Method.ONLINE_INQUIRY, 1, None, ObjectionRefused.APPRAISAL_ONLY),
        (Ground.FACTS_WRONG, Method.AGREEMENT, 1, None, ObjectionRefused.NONE_LIES),
        (Ground.TECHNICAL, Method.DIRECTED_INQUIRY, 1, None, ObjectionRefused.NONE_LIES),
        (Ground.FRAUD, Method.AGREEMENT, 90, None, Hearing.SUPERVISION),
        (Ground.DURESS, Method.AGREEMENT, 90, 91, Hearing.SUPERVISION),
        (Ground.COLLUSION, Method.APPRAISAL, 91, 91, ObjectionRefused.ANNOUNCED_ALREADY),
        (Ground.FALSE_RESULT, Method.DIRECTED_INQUIRY, 1, None, Hearing.SUPERVISION),
        (Ground.WRONG_HANDLING, Method.APPRAISAL, 30, None, Hearing.SUPERVISION),
    ],
)
def test_who_hears_an_objection_and_which_is_refused_RULE_B9_RULE_B10(
    ground: Ground,
    method: Method,
    raised_after: int,
    announced_after: int | None,
    answer: Hearing | ObjectionRefused,
) -> None:
    announced_on = None if announced_after is None else MONDAY + announced_after * DAY

    assert (
        hear(
            ground,
            method,
            raised_on=MONDAY + raised_after * DAY,
            until=objection_deadline(MONDAY, CALENDAR).due_on,
            first_announced_on=announced_on,
        )
        is answer
    )


def test_whoever_has_not_received_a_report_cannot_yet_object_to_it_RULE_B9() -> None:
    answer = hear(
        Ground.FACTS_WRONG,
        Method.APPRAISAL,
        raised_on=MONDAY,
        until=None,
        first_announced_on=None,
    )

    assert answer is ObjectionRefused.NOT_DELIVERED


def test_a_technical_objection_goes_to_the_appraiser_before_anybody_decides_RULE_B9() -> None:
    filed = ObjectionState.FILED

    assert ObjectionState.PASSED_ON in next_states(Hearing.TECHNICAL, filed)
    assert ObjectionState.DISMISSED not in next_states(Hearing.TECHNICAL, filed)
    for hearing in (Hearing.CONDUCT, Hearing.SUPERVISION):
        assert ObjectionState.PASSED_ON not in next_states(hearing, filed)
        assert ObjectionState.UPHELD in next_states(hearing, filed)
    assert ObjectionState.CORRECTED in next_states(Hearing.CONDUCT, filed)
    assert ObjectionState.CORRECTED not in next_states(Hearing.SUPERVISION, filed)
    assert set(OBJECTION_NEXT) == set(ObjectionState)


@pytest.mark.parametrize(
    ("states", "became"),
    [
        ([], None),
        ([ObjectionState.TAKEN_BACK, ObjectionState.REFUSED], None),
        ([ObjectionState.DISMISSED], Objected.DISMISSED),
        ([ObjectionState.DISMISSED, ObjectionState.CORRECTED], Objected.CORRECTED),
        ([ObjectionState.CORRECTED, ObjectionState.IN_REVIEW], Objected.PENDING),
        ([ObjectionState.FILED, ObjectionState.UPHELD], Objected.UPHELD),
    ],
)
def test_what_several_objections_to_one_report_come_to_RULE_B6(
    states: list[ObjectionState], became: Objected | None
) -> None:
    assert what_became(states) is became


# --- validity ------------------------------------------------------------------------------------

VALID_UNTIL = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("announced_on", "auction_on", "new_price"),
    [
        (date(2026, 6, 30), date(2026, 12, 30), False),
        (date(2026, 6, 30), date(2026, 12, 31), True),
        (date(2026, 7, 1), date(2026, 7, 31), True),
    ],
)
def test_announced_within_validity_and_sold_within_six_months_after_RULE_B11(
    announced_on: date, auction_on: date, new_price: bool
) -> None:
    answer = needs_new_price(VALID_UNTIL, announced_on=announced_on, auction_on=auction_on)

    assert answer is new_price
    assert last_auction_day(VALID_UNTIL) == date(2026, 12, 30)


def test_a_price_is_valid_for_a_year_at_most_RULE_B11() -> None:
    assert longest_validity(MONDAY) == date(2027, 3, 2)
    assert reason_against_validity(MONDAY, date(2027, 3, 2)) is None
    assert reason_against_validity(MONDAY, date(2027, 3, 3)) is ValidityRefused.LONGER_THAN_A_YEAR
    assert reason_against_validity(MONDAY, MONDAY - DAY) is ValidityRefused.ENDS_BEFORE_IT_BEGINS


def test_a_price_that_expired_before_the_first_announcement_is_found_anew_RULE_B12() -> None:
    assert is_expired_before_announcement(VALID_UNTIL, date(2026, 7, 1), None)
    assert is_expired_before_announcement(VALID_UNTIL, date(2026, 7, 2), date(2026, 7, 1))
    assert not is_expired_before_announcement(VALID_UNTIL, VALID_UNTIL, None)
    assert not is_expired_before_announcement(VALID_UNTIL, date(2026, 9, 1), VALID_UNTIL)
    assert days_to_renew(Method.ONLINE_INQUIRY) == 3
    assert days_to_renew(Method.APPRAISAL) == 15
    assert days_to_renew(Method.AGREEMENT) is None


# --- stays ---------------------------------------------------------------------------------------


def test_the_days_of_a_stay_do_not_count_RULE_B14() -> None:
    period = deadline("B7", MONDAY, 30, CALENDAR)
    stay = Pause(MONDAY + 10 * DAY, MONDAY + 60 * DAY)

    after = after_pauses(period, [stay], CALENDAR)

    assert (after.counted_from, after.days) == (stay.resumed_on, 20)


def test_a_stay_after_the_period_changes_nothing_RULE_B14() -> None:
    period = deadline("B7", MONDAY, 30, CALENDAR)

    assert after_pauses(period, [Pause(MONDAY + 31 * DAY, MONDAY + 60 * DAY)], CALENDAR) == period


# --- fees ----------------------------------------------------------------------------------------


def test_the_fee_goes_to_the_platform_closest_to_the_sale_price_and_ties_split_RULE_B15() -> None:
    found = dict(zip(PLATFORMS, (NINE, NINE_SIX, TEN_TWO), strict=True))

    assert inquiry_fee_shares(1_000, found, 93_000_000) == {"Ask One": 500, "Ask Two": 500}
    assert inquiry_fee_shares(1_001, found, 93_000_000) == {"Ask One": 501, "Ask Two": 500}
    assert inquiry_fee_shares(1_000, found, 93_000_001) == {"Ask Two": 1_000}
    assert inquiry_fee_shares(1_000, dict.fromkeys(PLATFORMS, NINE), 1) == {
        "Ask One": 334,
        "Ask Two": 333,
        "Ask Three": 333,
    }


def test_the_appraisal_fee_is_counted_from_the_lesser_of_appraisal_and_price_RULE_B15() -> None:
    assert appraisal_fee_base(100, 80) == 80
    assert appraisal_fee_base(100, 130) == 100
    assert appraisal_fee_base(100, None) is None
    assert renewal_fee(1_001) == 300
