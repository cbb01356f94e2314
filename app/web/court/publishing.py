"""The panel votes, a clerk proposes, a judge publishes (RULE-A10, A5).

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/panel                  terms, vote (for | against), dissent
    /court/<court>/sales/<sale>/publication/propose    (nothing; clerk)
    /court/<court>/sales/<sale>/publication/approve    announcement_hash   (judge, not the proposer)
    /court/<court>/sales/<sale>/publication/send-back  reason

`terms` of a vote and `announcement_hash` of an approval stand in the pages as hidden fields: they
name what was looked at, and nothing else is voted on or published.
"""

from __future__ import annotations

import json
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField

from app.extensions import db
from app.models.announcement_rows import announcement_of
from app.models.checklist_rows import hold_against_rules
from app.models.draft_rows import reason_not_to_change
from app.models.panel_rows import panel_terms, terms_hash, votes_on
from app.models.pending_rows import pending_publication
from app.models.sales import SaleRecord
from app.queries.court_sale import (
    last_publication_proposal,
    named_votes,
    parties_with_notices,
    person_name,
    sale_file,
)
from app.services import panel as panel_service
from app.services import publication
from app.services.publication import NotPublishable, Proposed, Published, SentBack
from app.web.court.blueprint import bp
from app.web.court.fields import (
    CourtForm,
    area,
    choice,
    line,
)
from app.web.court.frame import done, error, found, may, me, now, status
from app.web.gates import needs
from auction_engine.sale.panel import MEMBERS, PanelDecision, panel_decision


class VoteForm(CourtForm):
    terms = HiddenField()
    vote = choice(
        lazy_gettext("Your vote"),
        [("for", lazy_gettext("In favour")), ("against", lazy_gettext("Against"))],
    )
    dissent = area(
        lazy_gettext("Dissent"),
        1000,
        hint=lazy_gettext("If you vote against: why. It is kept with the case, not published."),
    )


class ApprovalForm(CourtForm):
    announcement_hash = HiddenField()


class SendBackForm(CourtForm):
    reason = line(lazy_gettext("What has to change"), 300, needed=lazy_gettext("Give a reason"))


@bp.route("/<court>/sales/<sale>/panel", methods=["GET", "POST"])
def panel(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    session = db.session()
    standing = terms_hash(session, record)
    form = VoteForm()
    errors: list[dict[str, str]] = []
    if may("judge") and form.validate_on_submit():
        answer = panel_service.vote(
            record,
            terms=form.terms.data,
            in_favour=form.vote.data == "for",
            dissent=form.dissent.data or "",
            by=me(),
        )
        if isinstance(answer, PanelDecision):
            return done(_("Your vote is recorded."), "panel", sale=sale)
        errors = error(answer, "dissent" if answer == "dissent_without_reason" else "vote")
    form.terms.data = standing
    votes = votes_on(session, record.id, standing)
    page = render_template(
        "court/panel.html",
        file=sale_file(session, record),
        sale=record,
        terms=panel_terms(session, record),
        hash=standing,
        votes=named_votes(session, votes),
        decision=panel_decision([vote.in_favour for vote in votes]),
        may_vote="judge" in g.court_roles
        and record.state == "draft"
        and len(votes) < MEMBERS
        and all(vote.member_id != me() for vote in votes),
        form=form,
        errors=errors,
    )
    return page, status(form, errors)


@bp.get("/<court>/sales/<sale>/preview")
def preview(court: str, sale: str) -> str:
    record = found(SaleRecord, sale)
    return render_template(
        "court/preview.html",
        sale=record,
        file=sale_file(db.session(), record),
        about=_announcement(record),
    )


@bp.get("/<court>/sales/<sale>/publication", endpoint="publication")
def publication_page(court: str, sale: str) -> ResponseReturnValue:
    return _publication_page(found(SaleRecord, sale))


@bp.post("/<court>/sales/<sale>/publication/propose")
@needs("clerk")
def propose(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    answer = publication.propose_publication(record, by=me())
    if isinstance(answer, Proposed):
        return done(_("Publication is proposed. A judge decides on it."), "publication", sale=sale)
    return _publication_page(record, _not_published(answer))


@bp.post("/<court>/sales/<sale>/publication/approve")
@needs("judge")
def approve(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ApprovalForm()
    answer = publication.approve_publication(
        record, announcement_hash=form.announcement_hash.data or "", by=me()
    )
    if isinstance(answer, Published):
        return done(_("The sale is published."), "publication", sale=sale)
    return _publication_page(record, _not_published(answer))


@bp.post("/<court>/sales/<sale>/publication/send-back")
@needs("judge", "clerk")
def send_back(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = SendBackForm()
    if not form.validate():
        return _publication_page(record, error("no_reason", "reason"))
    answer = publication.send_back(record, reason=form.reason.data, by=me())
    if isinstance(answer, SentBack):
        return done(_("The draft is sent back."), "prepare", sale=sale)
    return _publication_page(record, error(answer, "reason"))


def _publication_page(
    record: SaleRecord, errors: list[dict[str, str]] | None = None
) -> ResponseReturnValue:
    session = db.session()
    file = sale_file(session, record)
    proposed = last_publication_proposal(session, record)
    pending = pending_publication(session, record)
    approval = ApprovalForm(formdata=None)
    approval.announcement_hash.data = pending.payload_hash if pending is not None else ""
    page = render_template(
        "court/publication.html",
        file=file,
        sale=record,
        proposal=proposed[0] if proposed else None,
        proposed_by=proposed[1] if proposed else "",
        decided_by=person_name(session, proposed[0].decided_by) if proposed else None,
        pending=pending,
        checklist=hold_against_rules(session, record, now()) if record.state == "draft" else None,
        parties={
            party.public_id: party.name
            for party, _notice in parties_with_notices(session, record, file.case.id)
        },
        held=reason_not_to_change(session, record),
        may_approve=pending is not None
        and "judge" in g.court_roles
        and pending.proposed_by != me(),
        approval=approval,
        send_back=SendBackForm(formdata=None),
        errors=errors or [],
        about=_announcement(record),
    )
    return page, 409 if errors else 200


def _not_published(answer: object) -> list[dict[str, str]]:
    if isinstance(answer, NotPublishable):
        text = _("Rules stand against publication. The checklist shows which.")
        return [{"text": text, "href": "#checklist"}]
    return error(answer, "proposal")


def _announcement(record: SaleRecord) -> dict[str, Any]:
    """The frozen text of a published sale; of a draft, the text as it would be frozen now."""
    if record.announcement is not None:
        content: dict[str, Any] = json.loads(record.announcement)
        return content
    return announcement_of(db.session(), record)
