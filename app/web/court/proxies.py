"""Who asks to bid for somebody else, and the court's decision before bidding starts (RULE-E8).

Forms (POST, all with `csrf_token`):

    /court/<court>/proxies/<proxy>      decision (confirm | refuse)
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.extensions import db
from app.models.sales import ProxyRequest, SaleRecord
from app.queries.court_proxies import proxy_requests
from app.queries.court_sale import sale_file
from app.services.proxies import ProxyRefusal, decide_proxy
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, choice
from app.web.court.frame import done, form_errors, found, me, now, refused
from app.web.gates import needs


class ProxyDecisionForm(CourtForm):
    decision = choice(
        lazy_gettext("The court's decision"),
        [("confirm", lazy_gettext("Confirm")), ("refuse", lazy_gettext("Refuse"))],
    )


@bp.get("/<court>/sales/<sale>/proxies")
def proxies(court: str, sale: str) -> ResponseReturnValue:
    return _page(found(SaleRecord, sale), ProxyDecisionForm(formdata=None), None)


@bp.post("/<court>/proxies/<proxy>", endpoint="decide_proxy")
@needs("judge")
def decide(court: str, proxy: str) -> ResponseReturnValue:
    record = found(ProxyRequest, proxy)
    sale = db.session.get_one(SaleRecord, record.sale_id)
    form = ProxyDecisionForm()
    if not form.validate():
        return _page(sale, form, proxy)
    answer = decide_proxy(record, confirm=form.decision.data == "confirm", by=me())
    if isinstance(answer, ProxyRefusal):
        return refused(answer, "proxies", sale=sale.public_id)
    return done(_("The request is decided."), "proxies", sale=sale.public_id)


def _page(sale: SaleRecord, form: ProxyDecisionForm, decided: str | None) -> ResponseReturnValue:
    errors = [{**each, "href": f"{each['href']}-{decided}"} for each in form_errors(form)]
    page = render_template(
        "court/proxies.html",
        file=sale_file(db.session(), sale),
        sale=sale,
        requests=proxy_requests(db.session(), sale),
        has_started=now() >= sale.opens_at,
        form=form,
        decided=decided,
        fresh=ProxyDecisionForm(formdata=None),
        errors=errors,
    )
    return page, 400 if errors else 200
