"""What nginx is told of bids and places is what the platform does (deploy/nginx/places.conf)."""

from __future__ import annotations

import re

from app import create_app
from app.web.deadline import SECONDS_FOR_A_BID
from tests.conftest import ROOT

PLACES = (ROOT / "deploy/nginx/places.conf").read_text()
# By the pattern of each place, what is said of it.
SAID = dict(re.findall(r"^location ~? ?(\S+) \{\n(.*?)^\}", PLACES, re.MULTILINE | re.DOTALL))
BID = "^/bid/[^/]+/bid$"


def seconds(setting: str, place: str) -> float:
    [found] = re.findall(rf"^ *{setting} (\d+)s;", place, re.MULTILINE)
    return float(found)


def test_the_front_waits_for_the_platform_s_own_answer_to_a_late_bid() -> None:
    """FAULT-F04: who is told by nginx that it took too long is not told to ask again."""
    assert seconds("proxy_read_timeout", SAID[BID]) > SECONDS_FOR_A_BID


def test_a_bid_whose_first_worker_says_nothing_is_passed_on_to_another() -> None:
    waited = seconds("proxy_read_timeout", SAID[BID]) + seconds("proxy_connect_timeout", PLACES)

    assert seconds("proxy_next_upstream_timeout", SAID[BID]) >= 2 * waited


def test_whatever_is_sent_goes_to_the_workers_that_viewers_never_reach() -> None:
    """The provider's hints among it: the limits of public pages are not theirs."""
    app = create_app("web", {"DATABASE_URLS": {"web": "postgresql://nobody"}})
    posted = [rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]

    astray = [address for address in posted if "http://bids" not in _said_of(address)]

    assert posted
    assert astray == []


def test_every_place_that_nginx_names_for_bids_is_one_of_the_platform() -> None:
    app = create_app("web", {"DATABASE_URLS": {"web": "postgresql://nobody"}})
    firsts = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}

    [named] = [pattern for pattern in SAID if "|" in pattern and "http://bids" in SAID[pattern]]

    assert set(re.findall(r"\w+", named)) <= firsts


def _said_of(address: str) -> str:
    """As nginx chooses: the first pattern that matches, else the longest beginning."""
    patterns = [place for place in SAID if place.startswith("^") and re.search(place, address)]
    beginnings = [place for place in SAID if place.startswith("/") and address.startswith(place)]
    return SAID[(patterns or sorted(beginnings, key=len, reverse=True))[0]]
