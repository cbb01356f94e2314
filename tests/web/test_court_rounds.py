"""What follows a failure, over HTTP: the court's pages, the creditor's answer, the public draw."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.models.ledger_rows import Account, Posting
from app.models.rounds import Taking
from app.models.taking_rows import receive_difference
from tests.court_world import DAY, Bench, a_bench, a_case, a_party, an_asset
from tests.round_world import Failed, a_failed_round
from tests.web.conftest import SignedIn
from tests.world import NOON, World


class Desk:
    """A failed round, and the browsers of the court's people and of a creditor."""

    def __init__(self, failed: Failed, client_for: SignedIn) -> None:
        self.failed, self.world, self.bench = failed, failed.world, failed.bench
        self.client_for = client_for
        self.clerk = client_for(self.bench.clerk)
        self.judge = client_for(self.bench.judges[0])
        ((self.sale,),) = self.world.rows(
            "SELECT public_id FROM sales WHERE id = %s", failed.sale_id
        )

    def sale_url(self, page: str) -> str:
        return f"/court/{self.bench.court}/sales/{self.sale}/{page}"

    def in_kind_url(self, page: str = "") -> str:
        ((inquiry,),) = self.world.rows("SELECT public_id FROM in_kind_inquiries")
        return f"/court/{self.bench.court}/in-kind/{inquiry}{page}"

    def ask(self) -> Any:
        return self.clerk.post(self.sale_url("in-kind"))

    def answer(self, name: str, wants: str) -> Any:
        ((inquiry,),) = self.world.rows("SELECT public_id FROM in_kind_inquiries")
        browser = self.client_for(self.failed.persons[name])
        return browser.post(
            f"/claims/in-kind/{inquiry}",
            data={"claim": self.failed.claims[name], "wants": wants},
        )


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


@pytest.fixture
def desk(world: World, bench: Bench, client_for: SignedIn) -> Desk:
    failed = a_failed_round(world, bench)
    failed.creditor("Anna")
    failed.creditor("Boris")
    return Desk(failed, client_for)


def _text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def test_the_page_says_which_round_may_follow_and_how_its_days_are_counted(desk: Desk) -> None:
    """RULE-K4, RULE-K6, RULE-K7."""
    shown = _text(desk.clerk.get(desk.sale_url("following")))

    assert "Sell-off K4" in shown
    assert "K7: 15 days from 26 May 2026" in shown
    assert "K6: 15 days from 26 May 2026" in shown


def test_a_court_asks_a_creditor_answers_and_anybody_can_draw_again(desk: Desk) -> None:
    """RULE-K5, RULE-K6."""
    asked = desk.ask()
    yes = desk.answer("Anna", "yes")
    also = desk.answer("Boris", "yes")
    drawn = desk.clerk.post(desk.in_kind_url("/draw"))

    assert [each.status_code for each in (asked, yes, also, drawn)] == [302] * 4
    ((seed, places),) = desk.world.rows("SELECT seed, places FROM in_kind_inquiries")
    public = _text(desk.clerk.application.test_client().get(f"/sales/{desk.sale}/draw"))
    assert seed in public
    assert all(place["ticket"] in public and place["claim"] in public for place in places)
    assert "Anna" not in public


def test_the_desk_says_what_waits_at_each_step(desk: Desk) -> None:
    """RULE-K5, RULE-K6."""

    def asked_for(*wanted: str) -> set[str]:
        shown = _text(desk.judge.get(f"/court/{desk.bench.court}"))
        return {each for each in wanted if each in shown}

    acts = (
        "Ask the creditors whether they take it in kind",
        "Put those who take it in kind in order",
        "Record the taking in kind",
    )
    first = asked_for(*acts)
    desk.ask()
    desk.answer("Anna", "yes")
    waiting = asked_for(*acts)
    desk.failed.hold(NOON + 11 * DAY)
    over = asked_for(*acts)
    desk.clerk.post(desk.in_kind_url("/draw"))

    assert (first, waiting, over) == ({acts[0]}, set(), {acts[1]})
    assert asked_for(*acts) == {acts[2]}


def test_the_creditor_sees_the_own_answer_and_the_own_place(desk: Desk) -> None:
    desk.ask()
    desk.answer("Anna", "yes")
    desk.answer("Boris", "no")
    desk.clerk.post(desk.in_kind_url("/draw"))
    ((inquiry,),) = desk.world.rows("SELECT public_id FROM in_kind_inquiries")

    shown = _text(desk.client_for(desk.failed.persons["Anna"]).get(f"/claims/in-kind/{inquiry}"))

    assert "Your answer Yes, I take it" in shown
    assert "Your place in the order 1 of 1" in shown


def test_an_answer_without_yes_or_no_is_sent_back_with_its_field(desk: Desk) -> None:
    desk.ask()

    answer = desk.answer("Anna", "")

    assert answer.status_code == 400
    assert "Choose yes or no" in _text(answer)


def test_a_draw_before_the_time_is_answered_with_409_and_the_rule_in_words(desk: Desk) -> None:
    desk.ask()

    answer = desk.clerk.post(desk.in_kind_url("/draw"))

    assert answer.status_code == 409
    assert "Creditors may still answer." in _text(answer)


def test_a_taking_goes_its_way_to_the_ruling(desk: Desk) -> None:
    desk.ask()
    desk.answer("Anna", "yes")
    desk.failed.hold(NOON + 11 * DAY)
    desk.clerk.post(desk.in_kind_url("/draw"))
    take = {"claim": desk.failed.claims["Anna"], "pay_days": "15"}

    unfit = desk.judge.post(desk.in_kind_url("/take"), data=take)
    taken = desk.judge.post(desk.in_kind_url("/take"), data=take | {"fit_to_own": "y"})
    ((taking,),) = desk.world.rows("SELECT public_id FROM takings")
    url = f"/court/{desk.bench.court}/takings/{taking}"
    shown = _text(desk.judge.get(desk.in_kind_url()))
    early = desk.judge.post(f"{url}/default", data={"reference": "Exec. 3"})
    paid = desk.world.rows(
        "UPDATE takings SET state = 'paid', paid_at = now() RETURNING reference"
    )[0][0]
    ruling = desk.clerk.post(f"{url}/ruling")

    assert unfit.status_code == 409
    assert (taken.status_code, ruling.status_code) == (302, 302)
    assert "Difference to pay" in shown and paid in shown
    assert early.status_code == 409
    assert "/documents/" in ruling.headers["Location"]


def test_the_difference_of_a_taking_is_drafted_and_served_like_a_price(desk: Desk) -> None:
    """RULE-K5, DIST section 8: Anna takes it for 345,300.00 of its price of 700,000.00."""
    _taken_by_anna(desk)
    address = desk.sale_url("distribution")

    unpaid = _text(desk.clerk.get(address))
    early = desk.clerk.post(f"{address}/draft", data=_COSTS)
    _difference_comes(desk)
    linked = desk.clerk.get(desk.in_kind_url()).text
    drafted = desk.clerk.post(f"{address}/draft", data=_COSTS)
    ((plan,),) = desk.world.rows("SELECT public_id FROM plans")
    page = desk.clerk.get(address)
    served = desk.clerk.post(f"{address}/serve", data={"plan": plan})
    hers = _text(desk.client_for(desk.failed.persons["Anna"]).get(f"/claims/plans/{plan}"))

    assert "The bank has not told of it yet." in unpaid and "Compute a draft" not in unpaid
    assert early.status_code == 409
    assert address in linked
    assert (drafted.status_code, served.status_code) == (302, 302)
    assert "Difference ¥354,700.00" in _text(page)
    assert "Anna ¥0.00 and ¥345,300.00 in kind" in _text(page)
    assert "¥0.00 and ¥345,300.00 in kind" in hers
    in_chinese = desk.clerk.get(f"{address}?lang=zh").text
    assert "另以物抵偿¥345,300.00" in in_chinese


def test_a_plan_that_needs_more_of_the_taker_says_how_much_and_where_to(desk: Desk) -> None:
    _taken_by_anna(desk)
    _difference_comes(desk)
    address = desk.sale_url("distribution")
    desk.clerk.post(
        f"{address}/draft", data={"cost_name": "Enforcement fee", "cost_amount": "9400.10"}
    )
    ((plan, reference),) = desk.world.rows("SELECT p.public_id, reference FROM plans p, takings")

    page = _text(desk.clerk.get(address))
    served = desk.clerk.post(f"{address}/serve", data={"plan": plan})

    assert "they owe ¥0.05 more" in page and reference in page
    assert "Serve this plan" not in page
    assert served.status_code == 409
    assert "owes more than has come" in _text(served)


def test_the_taker_reads_what_a_plan_asks_further_and_where_to_pay_it(desk: Desk) -> None:
    """RULE-K5: title does not pass meanwhile, and nobody says that nothing is owed."""
    _taken_by_anna(desk)
    _difference_comes(desk)
    ((inquiry,),) = desk.world.rows("SELECT public_id FROM in_kind_inquiries")
    pages = {name: desk.client_for(desk.failed.persons[name]) for name in ("Anna", "Boris")}
    address = f"/claims/in-kind/{inquiry}"

    before = _text(pages["Anna"].get(address))
    ((reference,),) = desk.world.rows("UPDATE takings SET further_due = 5 RETURNING reference")
    after = _text(pages["Anna"].get(address))
    theirs = _text(desk.judge.get(desk.in_kind_url()))
    others = _text(pages["Boris"].get(address))

    assert "You owe nothing now." in before and reference not in before
    assert "If the distribution plan asks more of you" in before
    assert "Pay ¥0.05 more" in after and reference in after
    assert "You owe nothing" not in after
    assert "The difference is paid, a further sum is owed" in theirs
    assert "If they do not pay what they owe for it, it is sold again." in others


_COSTS = {"cost_name": "Enforcement fee", "cost_amount": "9400.00"}


def _taken_by_anna(desk: Desk) -> None:
    desk.ask()
    desk.answer("Anna", "yes")
    desk.answer("Boris", "no")
    desk.clerk.post(desk.in_kind_url("/draw"))
    take = {"claim": desk.failed.claims["Anna"], "pay_days": "15", "fit_to_own": "y"}
    assert desk.judge.post(desk.in_kind_url("/take"), data=take).status_code == 302


def _difference_comes(desk: Desk) -> None:
    with desk.world.session() as session:
        taking = session.query(Taking).one()
        receive_difference(
            session,
            taking,
            [Posting(Account("bank"), taking.difference)],
            key="difference",
            bank_reference="B-1",
            at=NOON,
        )
        session.commit()


def test_beginning_again_after_a_sell_off_asks_for_reason_and_words(
    world: World, bench: Bench, client_for: SignedIn
) -> None:
    """RULE-K13: every fault is named at once, each with its field."""
    failed = a_failed_round(world, bench, "sell_off", reference_price=100_000_000)
    desk = Desk(failed, client_for)

    bare = desk.judge.post(desk.sale_url("begin-again/first"), data={})
    third = desk.judge.post(
        desk.sale_url("begin-again/second"), data={"reason": "new_price", "note": "x"}
    )
    drafted = desk.judge.post(
        desk.sale_url("begin-again/first"), data={"reason": "new_price", "note": "Appraised anew."}
    )

    assert bare.status_code == 400
    assert "#reason-first" in bare.get_data(as_text=True)
    assert "#note-first" in bare.get_data(as_text=True)
    assert third.status_code == 409
    assert drafted.status_code == 302
    assert world.rows("SELECT reason FROM round_acts") == [("new_price",)]


def test_property_goes_back_by_a_judge_who_ticked_and_said_why(
    world: World, bench: Bench, client_for: SignedIn
) -> None:
    failed = a_failed_round(world, bench, "sell_off")
    failed.creditor("Anna")
    desk = Desk(failed, client_for)

    unasked = desk.judge.post(desk.sale_url("return"), data={"note": "None.", "confirm": "y"})
    desk.ask()
    desk.answer("Anna", "no")
    desk.clerk.post(desk.in_kind_url("/draw"))
    bare = desk.judge.post(desk.sale_url("return"), data={})
    done = desk.judge.post(desk.sale_url("return"), data={"note": "None.", "confirm": "y"})

    assert (unasked.status_code, bare.status_code, done.status_code) == (409, 400, 302)
    assert "The property goes back to the debtor." in _text(
        desk.clerk.application.test_client().get("/notices")
    )


def test_a_sale_without_an_auction_names_every_condition_that_fails(
    bench: Bench, client_for: SignedIn
) -> None:
    """RULE-K14: a home on the ground of perishing, below one half of its appraisal."""
    case = a_case(bench)
    for role in ("applicant", "debtor"):
        a_party(bench, case, role)
    asset = an_asset(bench, case)
    judge = client_for(bench.judges[0])
    url = f"/court/{bench.court}/assets/{asset.public_id}"
    sale = {
        "ground": "perishable",
        "currency": "CNY",
        "price": "499,999.99",
        "appraisal": "1,000,000.00",
        "note": "Why.",
    }

    refused = judge.post(f"{url}/direct-sell-off", data=sale)
    page = judge.get(f"{url}/without-auction")

    assert refused.status_code == 409
    assert "Only movables may be sold off on this ground." in _text(refused)
    assert "The price is below one half of the appraisal." in _text(refused)
    assert page.status_code == 200

    undecided = judge.post(f"{url}/direct-sell-off/draft")
    judge.post(
        f"{url}/direct-sell-off",
        data={**sale, "ground": "all_agree", "all_agree": "y", "price": "800,000.00"}
        | {"agreed_price": "800,000.00"},
    )
    drafted = judge.post(f"{url}/direct-sell-off/draft")

    assert undecided.status_code == 409
    assert drafted.headers["Location"].endswith("/terms")
    assert judge.get(drafted.headers["Location"]).status_code == 200


def test_taking_by_agreement_is_recorded_with_its_document(
    world: World, bench: Bench, client_for: SignedIn
) -> None:
    """RULE-K15."""
    case = a_case(bench)
    parties = {role: a_party(bench, case, role) for role in ("applicant", "debtor")}
    asset = an_asset(bench, case)
    judge = client_for(bench.judges[0])
    url = f"/court/{bench.court}/assets/{asset.public_id}/in-kind-by-agreement"
    told = {
        "taker": parties["applicant"].public_id,
        "currency": "CNY",
        "price": "500,000.00",
        "debtor_agrees": "y",
        "note": "Agreed on 2 May.",
    }

    refused = judge.post(url, data=told)
    agreed = judge.post(url, data=told | {"creditor_agrees": "y"})

    assert refused.status_code == 409
    assert 'href="#agreed-creditor_agrees"' in refused.get_data(as_text=True)
    assert 'id="agreed-creditor_agrees"' in refused.get_data(as_text=True)
    assert agreed.status_code == 302
    assert world.rows("SELECT kind FROM documents") == [("without_auction_decision",)]


def test_a_sell_off_says_that_the_whole_price_is_prepaid(
    world: World, bench: Bench, client: Any
) -> None:
    """RULE-K9, RULE-K11."""
    sale = world.sale(bench.court_id, round="sell_off", closes_at=NOON + timedelta(days=59))
    ((public_id,),) = world.rows("SELECT public_id FROM sales WHERE id = %s", sale)

    shown = _text(client.get(f"/sales/{public_id}"))

    assert "pays the whole price in advance" in shown
