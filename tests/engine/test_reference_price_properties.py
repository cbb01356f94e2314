"""What holds for every reference price (RULE-B5 to B15)."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from auction_engine.pricing.appraisal import (
    Instruction,
    reasons_not_to_extend,
    report_deadline,
)
from auction_engine.pricing.fees import appraisal_fee_base, inquiry_fee_shares
from auction_engine.pricing.inquiry import (
    Inquiry,
    InquiryState,
    Mean,
    Objected,
    Report,
    answer_deadline,
    inquiry_state,
    mean,
    reason_not_to_extend,
    reference_price,
)
from auction_engine.pricing.methods import (
    NEXT,
    Circumstances,
    Method,
    Stage,
    first_method,
    following_method,
    is_open_for,
)
from auction_engine.pricing.pauses import Pause, after_pauses
from auction_engine.pricing.validity import last_auction_day, needs_new_price
from auction_engine.sale.deadlines import WorkingDays, deadline

amounts = st.integers(0, 10**15)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
weekends = st.frozensets(days, max_size=5)
calendars = st.builds(WorkingDays, off=weekends, worked=weekends)
circumstances = st.builds(
    Circumstances,
    public_price=st.booleans(),
    fit_for_platforms=st.booleans(),
    law_requires_appraisal=st.booleans(),
    no_agreement_possible=st.booleans(),
    both_ask_for=st.none() | st.sampled_from(Method),
)
platform_names = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, unique=True)


@given(st.lists(amounts, min_size=1, max_size=9))
def test_a_mean_lies_within_its_results_and_half_a_fen_from_the_exact_one(found: list[int]) -> None:
    middle = mean(found)

    assert min(found) <= middle <= max(found)
    assert abs(2 * (middle * len(found) - sum(found))) <= len(found)


@given(st.lists(st.tuples(amounts, st.none() | st.sampled_from(Objected)), min_size=1, max_size=6))
def test_a_result_that_was_upheld_against_never_counts(
    found: list[tuple[int, Objected | None]],
) -> None:
    reports = [
        Report(str(n), amount, date(2026, 1, 1), objected)
        for n, (amount, objected) in enumerate(found)
    ]

    answer = reference_price(reports)

    if isinstance(answer, Mean):
        counted = [report for report in reports if report.platform in answer.platforms]
        assert all(report.objected is not Objected.UPHELD for report in counted)
        assert all(report.objected is not Objected.PENDING for report in counted)
        untouched = {report.platform for report in reports if report.objected is None}
        assert not untouched or untouched == set(answer.platforms)


@given(circumstances)
def test_no_method_is_begun_whose_condition_does_not_hold(known: Circumstances) -> None:
    choice = first_method(known)

    assert is_open_for(choice.method, known)
    if known.law_requires_appraisal:
        assert choice.method is Method.APPRAISAL


@given(circumstances)
def test_every_chain_of_failures_ends_with_an_appraisal_and_repeats_nothing(
    known: Circumstances,
) -> None:
    tried = [first_method(known).method]
    while tried[-1] is not Method.APPRAISAL:
        tried.append(following_method(tried[-1], known).method)
        assert Stage(tried[-1].value) in NEXT[Stage(tried[-2].value)]

    assert len(set(tried)) == len(tried)


@given(
    platform_names,
    days,
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 12)), max_size=3),
    st.integers(0, 20),
    calendars,
)
def test_an_extension_is_open_exactly_when_nothing_forbids_it(
    names: list[str],
    sent_on: date,
    answers: list[tuple[int, int]],
    asked: list[tuple[int, int]],
    after: int,
    calendar: WorkingDays,
) -> None:
    inquiry = Inquiry(
        tuple(names),
        sent_on,
        tuple(
            Report(names[n % len(names)], 100, sent_on + timedelta(days=late))
            for n, late in answers
        ),
        tuple((names[n % len(names)], sent_on + timedelta(days=late)) for n, late in asked),
    )
    on = sent_on + timedelta(days=after)

    is_open = inquiry_state(inquiry, on, calendar) is InquiryState.EXTENSION_OPEN

    assert is_open == (reason_not_to_extend(inquiry, on, calendar) is None)
    assert answer_deadline(inquiry, calendar).days == 3


@given(days, st.lists(st.integers(-1, 17), max_size=6), calendars)
def test_no_chain_of_granted_extensions_is_longer_than_sixty_days(
    instructed_on: date, wanted: list[int], calendar: WorkingDays
) -> None:
    instruction = Instruction("A", instructed_on)
    for more in wanted:
        refused = reasons_not_to_extend(
            instruction, asked_on=instructed_on, days=more, calendar=calendar
        )
        if not refused:
            instruction = Instruction("A", instructed_on, 30, (*instruction.extensions, more))

    ends_on = report_deadline(instruction, calendar).ends_on
    assert 30 <= (ends_on - instructed_on).days <= 60


@given(days, st.integers(1, 60), st.integers(0, 60), st.integers(0, 90), calendars)
def test_a_stay_gives_back_the_days_that_were_left(
    began_on: date, length: int, stayed_after: int, lasted: int, calendar: WorkingDays
) -> None:
    period = deadline("B7", began_on, length, calendar)
    stayed_on = began_on + timedelta(days=stayed_after)
    resumed_on = stayed_on + timedelta(days=lasted)

    after = after_pauses(period, [Pause(stayed_on, resumed_on)], calendar)

    if stayed_on <= period.ends_on:
        assert after.ends_on == period.ends_on + timedelta(days=lasted)
    assert after.due_on >= period.due_on


@given(days, days, days)
def test_what_is_announced_after_validity_always_needs_a_new_price(
    valid_until: date, announced_on: date, auction_on: date
) -> None:
    answer = needs_new_price(valid_until, announced_on=announced_on, auction_on=auction_on)

    in_time = announced_on <= valid_until and auction_on <= last_auction_day(valid_until)
    assert answer == (not in_time)


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), amounts, min_size=1),
    amounts,
)
def test_the_whole_fee_is_paid_and_to_nobody_who_is_further_away(
    fee: int, results: dict[str, int], price: int
) -> None:
    shares = inquiry_fee_shares(fee, results, price)

    assert sum(shares.values()) == fee
    assert max(shares.values()) - min(shares.values()) <= 1
    nearest = min(abs(amount - price) for amount in results.values())
    assert {name for name in results if abs(results[name] - price) == nearest} == set(shares)


@given(amounts, amounts)
def test_a_fee_base_is_never_above_appraisal_or_price(appraised: int, price: int) -> None:
    base = appraisal_fee_base(appraised, price)

    assert base is not None
    assert base in (appraised, price)
    assert base <= min(appraised, price)
