"""The court's books at the finance desk: as of any instant, as pages and as files, and corrected.

Reading is for finance, presidents and judges. `as_of` is a moment of writing (real time); without
one it is the latest instant of which everything is written. Addresses:

    /court/<court>/finance/ledger?as_of=                       the trial balance
    /court/<court>/finance/ledger.csv?as_of=                   all accounts
    /court/<court>/finance/ledger.beancount?as_of=             the journal, for beancount
    /court/<court>/finance/ledger/account?kind=&subject=&as_of=  accounts of a kind, or a statement
    /court/<court>/finance/ledger/account.csv?kind=&subject=&as_of=  the statement
    /court/<court>/finance/ledger/entry?key=                   one entry

Forms (POST, with `csrf_token`):

    /court/<court>/finance/ledger/entry?key=                   reason             (finance)
    /court/<court>/finance/ledger/reversals/<proposal>/decide  word, payload_hash
                                                               (finance, president)
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, abort, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.extensions import db
from app.models.chart import CHART, KINDS
from app.queries import ledger_reports as queries
from app.services.reversals import ReversalRefusal, decide_reversal, propose_reversal
from app.web.court import ledger_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, MomentField, line
from app.web.court.frame import done, form_errors, here, me
from app.web.court.memo_words import memo_words
from app.web.gates import needs
from app.web.ledger_files import beancount, instant, statement_csv, trial_balance_csv
from app.web.second_word import SecondWordForm

# A page shows the newest; the file has them all.
_ON_A_PAGE = 200


class AsOfForm(CourtForm):
    class Meta(CourtForm.Meta):
        csrf = False

    as_of = MomentField(
        _l("As of"),
        description=_l("A moment of writing, in the court's time. Empty means now."),
    )

    def validate_as_of(self, field: MomentField) -> None:
        if field.data is not None and field.data > queries.settled_until(db.session()):
            field.errors = [*field.errors, _("The books are not written as far as that yet")]


class ReverseForm(CourtForm):
    reason = line(
        _l("What is wrong with this entry"),
        150,
        hint=_l("It stands in the books. Name nobody."),
        needed=_l("Say what is wrong with it"),
    )


@bp.get("/<court>/finance/ledger")
@needs("finance", "president", "judge")
def ledger(court: str) -> ResponseReturnValue:
    form = AsOfForm(formdata=request.args)
    wrong = [] if form.validate() else form_errors(form)
    as_of = _settled() if wrong else _as_of(form)
    page = render_template(
        "court/ledger.html",
        w=ledger_words,
        said=memo_words,
        form=form,
        errors=wrong,
        as_of=as_of,
        exact=instant(as_of),
        chart=CHART,
        totals=_totals(queries.account_balances(db.session(), g.court.id, as_of)),
        proposed=queries.proposed_reversals(db.session(), g.court.id),
    )
    return page, 400 if wrong else 200


@bp.get("/<court>/finance/ledger.csv")
@needs("finance", "president", "judge")
def ledger_file(court: str) -> Response:
    as_of = _asked_instant()
    balances = queries.account_balances(db.session(), g.court.id, as_of)
    return _file(trial_balance_csv(balances, as_of), "trial-balance.csv", "text/csv")


@bp.get("/<court>/finance/ledger.beancount")
@needs("finance", "president", "judge")
def ledger_journal(court: str) -> Response:
    as_of = _asked_instant()
    written = beancount(
        queries.journal(db.session(), g.court.id, as_of),
        court=g.court.public_id,
        zone=ZoneInfo(g.court.timezone),
        as_of=as_of,
    )
    return _file(written, "ledger.beancount", "text/plain")


@bp.get("/<court>/finance/ledger/account")
@needs("finance", "president", "judge")
def ledger_account(court: str) -> ResponseReturnValue:
    """A statement; or, where a kind has many accounts and none is named, which there are."""
    kind = request.args.get("kind")
    if kind is None:
        return redirect(here("ledger"))
    if kind not in KINDS:
        abort(404)
    as_of, subject = _asked_instant(), request.args.get("subject")
    one = subject is not None or not KINDS[kind].subject
    session = db.session()
    accounts = queries.account_balances(session, g.court.id, as_of, kind)
    if subject is not None:
        accounts = [account for account in accounts if account.subject == subject]
        if not accounts:
            abort(404)
    lines = queries.statement_lines(
        session, g.court.id, kind, as_of, subject=subject, last=_ON_A_PAGE
    )
    # Where money stands first; what is nought again is history.
    accounts.sort(key=lambda account: account.balance == 0)
    return render_template(
        "court/ledger_account.html",
        w=ledger_words,
        said=memo_words,
        kind=KINDS[kind],
        subject=subject,
        as_of=as_of,
        exact=instant(as_of),
        accounts=accounts[:_ON_A_PAGE],
        more=len(accounts) > _ON_A_PAGE,
        lines=lines if one else [],
        is_one=one,
        crumbs=_crumbs(),
    )


@bp.get("/<court>/finance/ledger/account.csv")
@needs("finance", "president", "judge")
def ledger_account_file(court: str) -> ResponseReturnValue:
    kind = request.args.get("kind")
    if kind is None:
        return redirect(here("ledger_file"))
    if kind not in KINDS:
        abort(404)
    as_of, subject = _asked_instant(), request.args.get("subject")
    lines = queries.statement_lines(db.session(), g.court.id, kind, as_of, subject=subject)
    return _file(statement_csv(lines, as_of), f"{kind}.csv", "text/csv")


@bp.get("/<court>/finance/ledger/entry")
@needs("finance", "president", "judge")
def ledger_entry(court: str) -> ResponseReturnValue:
    if "key" not in request.args:
        return redirect(here("ledger"))
    return _entry_page(request.args["key"])


@bp.post("/<court>/finance/ledger/entry")
@needs("finance")
def propose_to_reverse(court: str) -> ResponseReturnValue:
    key, form = request.args.get("key", ""), ReverseForm()
    if not form.validate():
        return _entry_page(key, reverse=form)
    answer = propose_reversal(g.court.id, key, reason=form.reason.data or "", by=me())
    if answer is ReversalRefusal.NO_SUCH_ENTRY:
        abort(404)
    if isinstance(answer, ReversalRefusal):
        form.reason.errors = [ledger_words.refusal(answer)]
        return _entry_page(key, reverse=form)
    return done(_("Proposed. A second person decides."), "ledger_entry", key=key)


@bp.post("/<court>/finance/ledger/reversals/<proposal>/decide")
@needs("finance", "president")
def decide_to_reverse(court: str, proposal: str) -> ResponseReturnValue:
    form = SecondWordForm()
    every = queries.proposed_reversals(db.session(), g.court.id)
    shown = next((one for one in every if one.proposal.public_id == proposal), None)
    if shown is None:
        abort(404)
    key = shown.content["key"]
    if not form.validate():
        return _entry_page(key, decide=form)
    agreed = form.word.data == "approve"
    answer = decide_reversal(
        g.court.id, proposal, payload_hash=form.payload_hash.data or "", approved=agreed, by=me()
    )
    if isinstance(answer, ReversalRefusal):
        form.word.errors = [ledger_words.refusal(answer)]
        return _entry_page(key, decide=form)
    said = _("Undone. Both entries stay in the books.") if agreed else _("Not agreed. It stands.")
    return done(said, "ledger_entry", key=key)


def _entry_page(key: str, **forms: CourtForm) -> ResponseReturnValue:
    session = db.session()
    lines = queries.journal(session, g.court.id, _now_or_later(), key)
    if not lines:
        abort(404)
    every = queries.proposed_reversals(session, g.court.id)
    proposed = next((one for one in every if one.content["key"] == key), None)
    wrong = form_errors(*forms.values())
    hashed = {"payload_hash": proposed.proposal.payload_hash if proposed else ""}
    page = render_template(
        "court/ledger_entry.html",
        w=ledger_words,
        said=memo_words,
        entry=lines[0],
        lines=lines,
        undone_by=queries.reversed_by(session, g.court.id, key),
        proposed=proposed,
        is_mine=proposed is not None and proposed.proposal.proposed_by == me(),
        is_finance="finance" in g.court_roles,
        may_decide=not g.court_roles.isdisjoint({"finance", "president"}),
        reverse=forms.get("reverse") or ReverseForm(formdata=None),
        decide=forms.get("decide") or SecondWordForm(formdata=None, data=hashed),
        crumbs=_crumbs(),
        errors=wrong,
    )
    return page, 400 if wrong else 200


def _totals(balances: list[queries.AccountBalance]) -> dict[str, dict[str, int]]:
    """By currency, then by kind; everything in a currency adds up to nought."""
    found: dict[str, dict[str, int]] = {}
    for one in balances:
        kinds = found.setdefault(one.currency, {})
        kinds[one.kind] = kinds.get(one.kind, 0) + one.balance
    return found


def _settled() -> datetime:
    return queries.settled_until(db.session())


def _as_of(form: AsOfForm) -> datetime:
    asked: datetime | None = form.as_of.data
    return asked or _settled()


def _asked_instant() -> datetime:
    """Of links and files: what is no instant, or not written yet, is answered with 400."""
    form = AsOfForm(formdata=request.args)
    if not form.validate():
        abort(400)
    return _as_of(form)


def _now_or_later() -> datetime:
    """An entry is shown as soon as it can be seen, before a report would hold it."""
    return datetime.max.replace(tzinfo=ZoneInfo("UTC"), microsecond=0)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Finance"), here("finance")), (_("Books"), here("ledger"))]


def _file(written: str, name: str, mimetype: str) -> Response:
    response = Response(written, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
