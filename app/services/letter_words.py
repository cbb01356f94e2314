"""What legal notices say: one table for the letter and for the page that shows the same notice.

A notice names what happened, by when somebody must act, and what follows. It names no other
person, except the buyer to the court's own staff.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from flask_babel import get_locale
from flask_babel import gettext as _

from app.services.objection_letters import OBJECTION_NOTICES
from app.services.price_letters import PRICE_NOTICES
from app.services.stop_words import WITHDRAWAL_GROUNDS


@dataclass(frozen=True, slots=True)
class Facts:
    """The parameters of a notice, read in the reader's language and the court's time zone."""

    params: Mapping[str, Any]
    zone: tzinfo = UTC

    def money(self, name: str) -> str:
        amount = Decimal(int(self.params[name])).scaleb(-2)
        language = "zh" if reads_chinese() else "en"
        currency = str(self.params["currency"])
        return format_currency(amount, currency, locale=language).replace("CN¥", "¥")

    def moment(self, name: str) -> str:
        local = datetime.fromisoformat(str(self.params[name])).astimezone(self.zone)
        offset = int((local.utcoffset() or local - local).total_seconds()) // 60
        sign, (hours, minutes) = "-" if offset < 0 else "+", divmod(abs(offset), 60)
        zone = f"UTC{sign}{hours}" + (f":{minutes:02d}" if minutes else "")
        if reads_chinese():
            day = format_date(local, "y年M月d日", locale="zh")
            return f"{day} {local:%H:%M}（{zone}）"
        return f"{format_date(local, 'd MMMM y', locale='en')}, {local:%H:%M} ({zone})"

    def day(self, name: str) -> str:
        on = date.fromisoformat(str(self.params[name]))
        if reads_chinese():
            return format_date(on, "y年M月d日", locale="zh")
        return format_date(on, "d MMMM y", locale="en")

    def title(self) -> str:
        """The lot's title in the reader's language, as far as the notice carries it."""
        chinese = self.params.get("title_zh") if reads_chinese() else None
        return str(chinese or self.params.get("title") or "")

    def each(self, name: str) -> list[Facts]:
        """The members of a list, each read like the notice itself."""
        return [Facts({**self.params, **member}, self.zone) for member in self.params[name]]

    def has(self, name: str) -> bool:
        return self.params.get(name) not in (None, "")

    def __getitem__(self, name: str) -> str:
        return str(self.params[name])


Words = tuple[str, list[str]]


def reads_chinese() -> bool:
    return str(get_locale()).startswith("zh")


def notice_words(kind: str, facts: Facts) -> Words:
    """Title and sentences of a notice; one whose words are missing still says that it is there."""
    words = NOTICES.get(kind)
    if words is None:
        return _("News about a sale"), [_("There is news for you. Sign in to read it.")]
    return words(facts)


def _you_bought(facts: Facts) -> Words:
    return _("You bought the lot"), [
        _("Your bid of %(price)s won the sale.", price=facts.money("price")),
        _(
            "Your deposit counts towards the price. Pay the rest of %(balance)s by %(due)s.",
            balance=facts.money("balance"),
            due=facts.moment("due_at"),
        ),
        _("On a transfer, write this reference: %(reference)s", reference=facts["reference"]),
        _("If the rest is not paid in time, the court may decide that your deposit is lost."),
    ]


_WHY_MONEY_RETURNS: dict[str, Callable[[], str]] = {
    "outbid_at_close": lambda: _("The sale is over, and you did not buy the lot."),
    "not_admitted_closed": lambda: _("Your deposit was confirmed after the bidding had ended."),
    "not_admitted_withdrawn": lambda: _("The court has withdrawn the sale."),
    "not_admitted_excluded": lambda: _("The court does not admit you to this sale."),
    "not_admitted_same_person": lambda: _(
        "Somebody with one of your ID numbers takes part in this sale already."
    ),
    "paid_too_late": lambda: _("Your payment arrived after the bidding had ended."),
    "paid_twice": lambda: _("You had paid this already."),
    "more_than_the_price": lambda: _("Your deposit was larger than the price."),
    "more_than_asked": lambda: _("You paid more than was asked."),
    "not_awaited": lambda: _("This payment was no longer expected."),
    "not_ours_to_keep": lambda: _("We could not match your payment to a lot."),
    "sale_revoked": lambda: _("The court has revoked the sale."),
    "not_approved": lambda: _("The authority did not approve you as the buyer."),
    "sale_not_completed": lambda: _("The sale was not completed. Only the deposit is lost."),
}


def _deposit_returns(facts: Facts) -> Words:
    why = _WHY_MONEY_RETURNS.get(str(facts.params.get("reason", "")))
    return _("Money goes back to you"), [
        *([why()] if why else []),
        _(
            "%(amount)s goes back the way it came, by %(due)s at the latest.",
            amount=facts.money("amount"),
            due=facts.moment("due_at"),
        ),
        _("You need not do anything."),
    ]


def _refund_needs_account(facts: Facts) -> Words:
    return _("We need an account for your refund"), [
        _(
            "%(amount)s goes back to you, but the bank did not tell us where it came from.",
            amount=facts.money("amount"),
        ),
        _("Sign in and name a bank account on the lot's deposit page. We then pay it there."),
    ]


def _refund_failed(facts: Facts) -> Words:
    return _("A refund did not get through"), [
        _("Your card or bank did not take %(amount)s back.", amount=facts.money("amount")),
        _("Sign in and name a bank account on the lot's deposit page. We then pay it there."),
    ]


_WHY_A_TRANSFER_WAITS: dict[str, Callable[[], str]] = {
    "too_little": lambda: _(
        "It is less than was asked. If you send the rest under the same reference, "
        "the two are added up."
    ),
    "too_much": lambda: _("It is more than was asked. What is too much goes back to you."),
    "other_currency": lambda: _("It came in another currency."),
    "paid_twice": lambda: _("This was paid already."),
    "part_not_allowed": lambda: _("It is only a part, and the announcement allows no parts."),
    "not_awaited": lambda: _("This payment was no longer expected."),
}


def _transfer_waits(facts: Facts) -> Words:
    why = _WHY_A_TRANSFER_WAITS.get(str(facts.params.get("reason", "")))
    return _("Your transfer waits for a person"), [
        _("Your transfer of %(amount)s has arrived.", amount=facts.money("amount")),
        *([why()] if why else []),
        _(
            "The court's finance desk decides by %(moment)s. Until then the money is safe there.",
            moment=facts.moment("decide_by"),
        ),
    ]


def _price_paid(facts: Facts) -> Words:
    return _("The price is paid"), [
        _("The whole price of %(price)s has arrived.", price=facts.money("price")),
        _("The court makes its ruling within 10 days. The property is yours once it is served."),
    ]


def _balance_in_parts(facts: Facts) -> Words:
    return _("You may pay the rest of the price in parts"), [
        *(
            _(
                "Part %(number)s: %(amount)s by %(due)s",
                number=number,
                amount=part.money("amount"),
                due=part.moment("due_at"),
            )
            for number, part in enumerate(facts.each("each"), 1)
        ),
        _("You may pay more at once: it counts for the parts that follow."),
        _(
            "On a transfer, write this reference: %(reference)s",
            reference=facts["reference_for_payment"],
        ),
        _("If a part is not paid in time, the court may decide that your deposit is lost."),
    ]


def _balance_due_soon(facts: Facts) -> Words:
    return _due_title(facts), [
        _(
            "Pay %(balance)s by %(due)s.",
            balance=facts.money("balance"),
            due=facts.moment("due_at"),
        ),
        _(
            "On a transfer, write this reference: %(reference)s",
            reference=facts["reference_for_payment"],
        ),
        _("A transfer may take a day or two. If you have paid, you need not do anything."),
    ]


def _due_title(facts: Facts) -> str:
    if not facts.has("part"):
        return _("The rest of the price is due soon")
    return _(
        "Part %(part)s of %(parts)s of the price is due soon",
        part=facts["part"],
        parts=facts["parts"],
    )


def _overdue_title(facts: Facts) -> str:
    if not facts.has("part"):
        return _("The rest of the price has not arrived")
    return _(
        "Part %(part)s of %(parts)s of the price has not arrived",
        part=facts["part"],
        parts=facts["parts"],
    )


def _balance_overdue(facts: Facts) -> Words:
    return _overdue_title(facts), [
        _(
            "%(balance)s was due by %(due)s and has not arrived.",
            balance=facts.money("balance"),
            due=facts.moment("due_at"),
        ),
        _("Pay at once. If you have paid, send the court the proof."),
        _("The court now decides what follows. It may decide that your deposit is lost."),
    ]


def _buyer_is_late(facts: Facts) -> Words:
    return _("A buyer has not paid in time"), [
        _(
            "%(buyer)s owes %(balance)s, due by %(due)s.",
            buyer=facts["buyer"],
            balance=facts.money("balance"),
            due=facts.moment("due_at"),
        ),
        _("Nothing happens by itself: a default needs the decision of the court."),
    ]


def _default_decided(facts: Facts) -> Words:
    return _("The court decided that you did not pay"), [
        _("The decision is %(reference)s.", reference=facts["reference"]),
        _("Your deposit of %(deposit)s is lost.", deposit=facts.money("deposit")),
        _("What you paid beyond the deposit goes back to you."),
        _("You may object to the court that decided."),
    ]


def _in_kind_asked(facts: Facts) -> Words:
    return _("Do you take the property in kind?"), [
        _("Nobody bought %(title)s.", title=facts.title()),
        _(
            "You may take it at %(price)s in settlement of your claim.",
            price=facts.money("price"),
        ),
        _("Answer by the end of %(day)s.", day=facts.day("answer_by")),
        _("If you say nothing, the court goes on without you. Your claim stays as it is."),
    ]


def _in_kind_taken(facts: Facts) -> Words:
    sentences = [_("You take %(title)s in kind.", title=facts.title())]
    if facts.has("pay_by"):
        sentences.append(
            _(
                "Pay the difference of %(amount)s by the end of %(day)s.",
                amount=facts.money("difference"),
                day=facts.day("pay_by"),
            )
        )
        if facts.has("reference"):
            sentences.append(
                _(
                    "On a transfer, write this reference: %(reference)s",
                    reference=facts["reference"],
                )
            )
        sentences.append(
            _("If you do not pay, the property is sold again, and you cannot take part.")
        )
    else:
        sentences.append(_("Nothing is left to pay. The ruling follows."))
    return _("The property is yours to take"), sentences


def _further_sum_owed(facts: Facts) -> Words:
    return _("A further sum is owed for what you take in kind"), [
        _(
            "By the distribution plan that the court prepares, less of the price of %(title)s is"
            " due to you than it counted for.",
            title=facts.title(),
        ),
        _("Pay %(amount)s more.", amount=facts.money("amount")),
        _("On a transfer, write this reference: %(reference)s", reference=facts["reference"]),
        _(
            "The account: %(name)s, %(number)s, %(bank)s.",
            name=facts["account_name"],
            number=facts["account_number"],
            bank=facts["account_bank"],
        ),
        _("Until it is here, no ruling gives you the property, and the plan waits."),
    ]


def _returned_to_debtor(facts: Facts) -> Words:
    return _("The property goes back to the debtor"), [
        _("Nobody bought %(title)s, and no creditor takes it.", title=facts.title()),
        _("The sealing ends. Claims stay as they are."),
    ]


def _payment_disputed(facts: Facts) -> Words:
    return _("A card payment is disputed"), [
        _(
            "The holder of a card wants payment %(payment)s of %(amount)s back.",
            payment=facts["payment"],
            amount=facts.money("amount"),
        ),
        _("Answer in the provider's pages within the time given there."),
    ]


def _deposit_taken_back(facts: Facts) -> Words:
    sentences = [
        _(
            "Your card's bank took your deposit of %(amount)s back from us.",
            amount=facts.money("amount"),
        )
    ]
    if facts.params.get("can_cure"):
        sentences += [
            _("Without a deposit you cannot place further bids. Bids that you have made stand."),
            _("Pay the deposit again by card, and you can bid on. Your page of the lot shows how."),
            _("If the first payment comes back to us, it goes back to your card."),
        ]
    else:
        sentences += [
            _("If you have bought, it does not count towards the price while it is missing."),
            _("Your page of the lot shows what you owe."),
        ]
    return _("Your deposit was taken back"), sentences


def _deposit_back(facts: Facts) -> Words:
    return _("Your deposit is here again"), [
        _(
            "The %(amount)s that your card's bank had taken back are here again.",
            amount=facts.money("amount"),
        ),
        _("Your deposit counts as before."),
    ]


def _deposit_gone(facts: Facts) -> Words:
    sentences = [
        _(
            "A card holder's bank took a deposit of %(amount)s back while bidding runs.",
            amount=facts.money("amount"),
        ),
        _("That bidder cannot place further bids until the deposit is paid again."),
        _("Bids made before stand."),
    ]
    if facts.params.get("leads"):
        sentences.append(
            _("It is the deposit of the leading bid. If it buys, the whole price is owed.")
        )
    return _("A deposit of a running sale is gone"), sentences


def _dispute_lost(facts: Facts) -> Words:
    sentences = [
        _(
            "The card holder's bank took %(amount)s back, and the provider decided for it.",
            amount=facts.money("amount"),
        ),
    ]
    if facts.params.get("missing"):
        sentences.append(
            _(
                "%(missing)s that the court counts on is not there. Decide what follows.",
                missing=facts.money("missing"),
            )
        )
        sentences.append(_("It stands among the open items of your court's finance."))
    else:
        sentences.append(_("It was owed to the same payer, so nothing is missing."))
    return _("A disputed card payment is lost"), sentences


def _payout_paid(facts: Facts) -> Words:
    return _("Your share has been paid"), [
        _(
            "The bank has paid %(amount)s to your account, reference %(reference)s.",
            amount=facts.money("amount"),
            reference=facts["reference"],
        ),
    ]


def _payout_returned(facts: Facts) -> Words:
    return _("Your share came back to the court"), [
        _("Your bank did not take %(amount)s.", amount=facts.money("amount")),
        _("Check the account that you gave us. The court pays again once it is right."),
    ]


def _sale_suspended(facts: Facts) -> Words:
    return _("The sale is suspended"), [
        *([_("The reason is: %(reason)s", reason=facts["reason"])] if facts.has("reason") else []),
        _("Nobody can bid now. Bids and deposits stand."),
        _("The new end is published before the bidding goes on."),
    ]


def _sale_resumed(facts: Facts) -> Words:
    end = [_("The bidding ends at %(end)s.", end=facts.moment("closes_at"))]
    return _("The sale goes on"), [
        *(end if facts.has("closes_at") else []),
        _("Bids and deposits stand."),
    ]


def _sale_resumption_announced(facts: Facts) -> Words:
    return _("The sale goes on soon"), [
        _("The bidding goes on from %(at)s.", at=facts.moment("resumes_at")),
        *(
            [_("It ends at %(end)s.", end=facts.moment("closes_at"))]
            if facts.has("closes_at")
            else []
        ),
        _("Bids and deposits stand."),
    ]


def _sale_withdrawn(facts: Facts) -> Words:
    ground = WITHDRAWAL_GROUNDS.get(str(facts.params.get("ground")))
    return _("The court has withdrawn the sale"), [
        *([_("Ground: %(ground)s.", ground=ground)] if ground is not None else []),
        *([_("The reason is: %(reason)s", reason=facts["reason"])] if facts.has("reason") else []),
        _("Nobody buys the lot in this sale. Deposits go back within 24 hours."),
    ]


def _sale_planned(facts: Facts) -> Words:
    return _("A sale is planned in your case"), [
        _(
            "The court will sell: %(title)s. The starting price is %(price)s.",
            title=facts.title(),
            price=facts.money("starting_price"),
        ),
        _("The bidding is to open at %(at)s.", at=facts.moment("opens_at")),
        _("You hear of it at least three days before it is announced to everybody."),
    ]


def _no_surplus(facts: Facts) -> Words:
    return _("Nothing would be left for you"), [
        _(
            "%(title)s is to be sold from %(price)s. Claims before yours and costs take"
            " %(before)s.",
            title=facts.title(),
            price=facts.money("starting_price"),
            before=facts.money("before"),
        ),
        _("You may ask the court to sell it all the same, at a higher price."),
        _("If nobody bids then, you bear the costs of the auction."),
        _("Answer by the end of %(day)s.", day=facts.day("answer_by")),
    ]


def _sale_announced(_facts: Facts) -> Words:
    return _("A sale in your case is announced"), [
        _("The announcement, with all its terms, is open to everybody."),
    ]


def _priority_confirmed(facts: Facts) -> Words:
    return _("Your first right to buy is confirmed"), [
        _("The court confirmed it with rank %(rank)s.", rank=facts["rank"]),
        _("You still need to register, pay the deposit and bid."),
    ]


def _priority_refused(_facts: Facts) -> Words:
    return _("Your first right to buy is not confirmed"), [
        _("You can bid as an ordinary bidder, and you may object to the court."),
    ]


def _proxy_confirmed(_facts: Facts) -> Words:
    return _("You may bid for the person you named"), [
        _("The court confirmed it. You still need to register, pay the deposit and bid."),
    ]


def _proxy_refused(_facts: Facts) -> Words:
    return _("You may not bid for the person you named"), [
        _("You can bid for yourself, and you may object to the court."),
    ]


def _plan_served(facts: Facts) -> Words:
    return _("A distribution plan is served on you"), [
        _("You find it under your claims."),
        *(
            [_("You may object until %(day)s.", day=facts.day("until"))]
            if facts.has("until")
            else []
        ),
    ]


def _claim_admitted(facts: Facts) -> Words:
    return _("The court admitted your claim"), [
        _(
            "Of the %(amount)s that you asked for, %(admitted)s is admitted.",
            amount=facts.money("amount"),
            admitted=facts.money("admitted"),
        ),
    ]


def _claim_refused(facts: Facts) -> Words:
    return _("The court did not admit your claim"), [
        _("You had asked for %(amount)s.", amount=facts.money("amount")),
        *([_("The reason is: %(reason)s", reason=facts["reason"])] if facts.has("reason") else []),
    ]


def _party_linked(facts: Facts) -> Words:
    return _("You are linked to a case"), [
        _("The court linked your account to case %(number)s.", number=facts["number"]),
        _("You now see its papers under your claims."),
    ]


def _party_account_changed(facts: Facts) -> Words:
    by_court = facts["by"] == "court"
    return _("Your account for payments was changed"), [
        _(
            "Your money now goes to %(bank)s, account ending in %(ending)s.",
            bank=facts["bank"],
            ending=facts["ending"],
        ),
        _("The court wrote it down as you told it.")
        if by_court
        else _("It was changed from your own account on this platform."),
        _("If this was not you, change your password and tell the court at once."),
    ]


def _ruling_served(_facts: Facts) -> Words:
    return _("The ruling is served on you"), [
        _("From this moment the property is yours."),
        _("The court hands it over within 15 days."),
    ]


def _handed_over(_facts: Facts) -> Words:
    return _("The property is handed over"), [
        _("The record of the handover is on your page."),
    ]


NOTICES: dict[str, Callable[[Facts], Words]] = {
    "you_bought": _you_bought,
    "deposit_returns": _deposit_returns,
    "refund_failed": _refund_failed,
    "price_paid": _price_paid,
    "balance_in_parts": _balance_in_parts,
    "balance_due_soon": _balance_due_soon,
    "balance_overdue": _balance_overdue,
    "buyer_is_late": _buyer_is_late,
    "transfer_waits": _transfer_waits,
    "difference_waits": _transfer_waits,
    "refund_needs_account": _refund_needs_account,
    "default_decided": _default_decided,
    "in_kind_asked": _in_kind_asked,
    "in_kind_taken": _in_kind_taken,
    "further_sum_owed": _further_sum_owed,
    "returned_to_debtor": _returned_to_debtor,
    "payment_disputed": _payment_disputed,
    "dispute_lost": _dispute_lost,
    "deposit_taken_back": _deposit_taken_back,
    "deposit_back": _deposit_back,
    "deposit_gone": _deposit_gone,
    "payout_paid": _payout_paid,
    "payout_returned": _payout_returned,
    "sale_suspended": _sale_suspended,
    "sale_resumed": _sale_resumed,
    "sale_resumption_announced": _sale_resumption_announced,
    "sale_withdrawn": _sale_withdrawn,
    "sale_planned": _sale_planned,
    "no_surplus": _no_surplus,
    "sale_announced": _sale_announced,
    "priority_confirmed": _priority_confirmed,
    "priority_refused": _priority_refused,
    "proxy_confirmed": _proxy_confirmed,
    "proxy_refused": _proxy_refused,
    "plan_served": _plan_served,
    "claim_admitted": _claim_admitted,
    "claim_refused": _claim_refused,
    "party_linked": _party_linked,
    "party_account_changed": _party_account_changed,
    "ruling_served": _ruling_served,
    "property_handed_over": _handed_over,
    **OBJECTION_NOTICES,
    **PRICE_NOTICES,
}
