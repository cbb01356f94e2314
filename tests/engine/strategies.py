"""Hypothesis strategies: sales with everything that can happen in them."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.engine.documents import CLOSES, OPENS, START, STEP, replay_document, written

CODES = ["B01", "B02", "P1", "P2", "X9", "N1", "N2", "竞9"]

moments_of_interest = st.sampled_from(
    [OPENS - timedelta(hours=1), OPENS, CLOSES - timedelta(minutes=6), CLOSES]
)
gaps = st.one_of(
    st.integers(0, 5).map(lambda micros: timedelta(microseconds=micros)),
    st.integers(0, 400).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(0, 30).map(lambda hours: timedelta(hours=hours)),
)
amounts = st.one_of(
    st.integers(-1, 8).map(lambda steps: START + steps * STEP),
    st.integers(0, 2**63 - 1),
)
bids = st.fixed_dictionaries(
    {"type": st.just("bid"), "bidder": st.sampled_from(CODES), "amount": amounts}
)
acts = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("suspend"),
            "by": st.sampled_from(["court", "platform"]),
            "reason": st.sampled_from(["objection 12", "停\u0007电", 'a "quoted" \\ reason']),
        }
    ),
    st.fixed_dictionaries({"type": st.just("resume")}),
    st.fixed_dictionaries(
        {"type": st.just("withdraw"), "by": st.just("court"), "reason": st.just("paid")}
    ),
    st.fixed_dictionaries(
        {"type": st.just("admit"), "bidder": st.sampled_from(CODES)},
        optional={"priority_rank": st.integers(1, 3)},
    ),
)


@st.composite
def recordings(draw):
    """A document to replay. Its acts need not fit: about half of the documents are errors."""
    moment = draw(moments_of_interest)
    events = []
    for _ in range(draw(st.integers(0, 12))):
        moment += draw(gaps)
        event = draw(bids) if draw(st.integers(0, 9)) < 7 else draw(acts)
        if event.get("by") == "platform" and draw(st.booleans()):
            event = {**event, "since": written(moment - draw(gaps))}
        events.append({"at": written(moment), **event})
    closes_at = CLOSES + timedelta(days=draw(st.sampled_from([0, 59])))
    sale = {
        "round": draw(st.sampled_from(["first", "second", "sell_off"])),
        "multiples_only": draw(st.booleans()),
        "closes_at": written(closes_at),
    }
    as_of = {"as_of": written(moment)} if draw(st.booleans()) else {}
    return replay_document(*events, sale=sale, **as_of)
