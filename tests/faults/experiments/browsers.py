"""F15 and F24: a page that was offline or asleep, and clocks that are wrong or are changed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.browser.bidders import THREE_HOURS_SLOW, confirm, ready, review
from tests.chromium import chromium
from tests.faults.bidders import AGENT, Bidder
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Asked, Kind
from tests.faults.rig import Rig, free_port, get
from tests.faults.stage import START, STEP, Stage, a_stage

# A page may show so much less or more than is left; its digits are whole seconds besides.
CLOCK_MAY_BE_OFF_S = 1.0
SECONDS_TO_REPAIR = 10.0
# A file of the page's scripts, what stands in it, and what stands there instead.
Changes = Mapping[str, tuple[str, str]]

# Like a socket that keeps what it could not send, and sends it when there is a line again.
SENDS_WHAT_IT_KEPT = """(() => {
    const send = window.fetch, kept = [];
    window.fetch = (url, options = {}) => send(url, options).catch((failure) => {
        const { signal, ...rest } = options;
        if (rest.method === "POST") kept.push([url, rest]);
        throw failure;
    });
    window.addEventListener("online", () => kept.splice(0).forEach((asked) => send(...asked)));
})()"""
IN_THE_SCRIPTS: Mapping[str, Changes] = {
    "gaps are not repaired": {
        "live.js": ("async ask(after) {", "async ask(after) {\n    return true;")
    },
    "a page counts on the computer's clock": {
        "server_clock.js": (
            "this.best.legal + this.best.rate * this.age",
            "Date.now() + this.best.legal - this.best.real",
        )
    },
    "a page writes its reader's time": {"moments.js": ("timeZone: settings.zone,", "")},
}


@dataclass(slots=True)
class Windows:
    """Chromium, and a web process and a live process that a browser can join to one page."""

    rig: Rig
    address: str
    browser: Any

    def open(
        self, stage: Stage, bidder: Bidder | None = None, *, script: str = "", **options: Any
    ) -> Any:
        """The room of a bidder, or the page of somebody who only watches."""
        context = self.browser.new_context(**({"user_agent": AGENT} | options))
        context.set_default_timeout(25_000)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        for name in self.rig.mutants:
            for file, change in IN_THE_SCRIPTS.get(name, {}).items():
                _change(page, file, change)
        where = f"/sales/{stage.public_id}/live"
        if bidder is not None:
            cookie = {"name": "luochui", "value": bidder.cookie, "url": self.address}
            context.add_cookies([cookie])
            where = f"/bid/{stage.public_id}/room"
        page.goto(f"{self.address}{where}?lang={options.get('locale', 'en')[:2]}")
        ready(page)
        return page


def _change(page: Any, file: str, change: tuple[str, str]) -> None:
    here, there = change

    def answer(route: Any) -> None:
        response = route.fetch()
        script = response.text()
        assert here in script, f"{file} does not say {here!r}"
        route.fulfill(response=response, body=script.replace(here, there))

    page.route(f"**/js/{file}*", answer)


@contextmanager
def windows(rig: Rig) -> Iterator[Windows]:
    web, live = free_port(), free_port()
    address = f"http://127.0.0.1:{web}"
    named = {"PUBLIC_URL": address, "LIVE_URL": f"http://127.0.0.1:{live}"}
    rig.start("page", "web", port=web, **named)
    rig.start("page-live", "live", port=live, **named)
    try:
        rig.wait_for("page", "page-live")
        with chromium() as browser:
            yield Windows(rig, address, browser)
    finally:
        for name in ("page", "page-live"):
            rig.stop(name)
            del rig.programs[name]


# --- F15 ----------------------------------------------------------------------------------------

# As a computer that slept: the clock on the wall went on, the one that counts did not.
TEN_MINUTES_LATER = "(() => { const now = Date.now; Date.now = () => now() + 600000; })()"
# In the middle of the steps: enough to be taken when it came, were it sent.
AMOUNT, TYPED = 1_400, "14.00"
MISSED = 20


def offline_and_asleep(rig: Rig, size: Size) -> Found:
    """One page sleeps; then two are cut off, and in one of them a bid is pressed all the same."""
    found = Found()
    stage = a_stage(rig, size.seed, bidders=4)
    with windows(rig) as shown:
        script = SENDS_WHAT_IT_KEPT if "a page sends what it kept" in rig.mutants else ""
        writing, pressing = (shown.open(stage, b, script=script) for b in stage.bidders[:2])
        _bids(stage, 2)
        found.wrong += _asleep(stage, writing)
        for page in (writing, pressing):
            if not _comes(page.get_by_role("button", name="Review bid")):
                found.wrong.append("F15: a page that is online takes no bid")
        # Whoever did not wake up has no amount ready to be cut off.
        if found.wrong:
            stage.finish()
            return found
        keys = _keys_sent_by(pressing)
        found.wrong += _offline(stage, writing, pressing, size.of(25, 60))
        # The page gave its bid up: without an amount, so that nothing late can count.
        for key in keys:
            stage.history.add(Asked("B02", key, None, 0, 0, Kind.FAIL))  # type: ignore[arg-type]
        final = stage.finish()
        found.wrong += stage.judge(final, by_real_time=False)
    sent = rig.sql(
        "SELECT count(*) FROM arrivals a JOIN registrations r ON r.id = a.registration_id"
        " WHERE a.sale_id = %s AND a.kind = 'bid' AND a.amount IS NOT NULL"
        " AND r.code IN ('B01', 'B02')",
        stage.sale_id,
    )[0][0]
    if sent:
        found.wrong.append(f"F15: {sent} bids were sent by themselves, when the line was back")
    found.figures = {
        "seconds offline": size.of(25, 60),
        "bids meanwhile": MISSED,
        "extensions meanwhile": stage.facts["extensions"],
        "bids sent by themselves": sent,
    }
    return found


def _keys_sent_by(page: Any) -> set[str]:
    """What a page tries to send from now on, by key."""
    keys: set[str] = set()

    def note(request: Any) -> None:
        if key := request.headers.get("idempotency-key"):
            keys.add(key)

    page.on("request", note)
    return keys


def _bids(stage: Stage, count: int) -> None:
    """By those who are online, one after the other."""
    [(price,)] = stage.rig.sql("SELECT price FROM sale_states WHERE sale_id = %s", stage.sale_id)
    amount = START if price is None else price + STEP
    for number in range(count):
        bidder = stage.bidders[2 + number % 2]
        asked = bidder.ask_until_known(amount + number * STEP, ports=stage.ports)
        assert asked.kind is Kind.OK, asked


def _asleep(stage: Stage, page: Any) -> list[str]:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    stage.break_("a page sleeps for ten minutes")
    _bids(stage, 3)
    [(now,)] = stage.rig.sql("SELECT legal_time(%s, clock_timestamp())", stage.court_id)
    stage.rig.world.hold_clock(stage.court_id, now + timedelta(minutes=10), rate=1)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate(TEN_MINUTES_LATER)
    stage.break_("it wakes")
    return [f"F15: after a sleep {line}" for line in _not_as_the_server_has_it(stage, page)]


def _offline(stage: Stage, writing: Any, pressing: Any, seconds: int) -> list[str]:
    review(writing, TYPED)
    review(pressing, TYPED)
    began = time.monotonic()
    for page in (writing, pressing):
        page.context.set_offline(True)
    confirm(pressing)
    stage.break_("two pages are offline; in one a bid was pressed just then")
    _bids(stage, MISSED - 2)
    [(before,)] = stage.rig.sql(_EXTENSIONS, stage.sale_id)
    for left in (200, 100):
        stage.bring_the_end(seconds=left)
        _bids(stage, 1)
    [(after,)] = stage.rig.sql(_EXTENSIONS, stage.sale_id)
    stage.facts["extensions"] = after - before
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    for page in (writing, pressing):
        page.context.set_offline(False)
    stage.break_("they are online again")
    wrong = []
    for page in (writing, pressing):
        wrong += [f"F15: after 60 s offline {it}" for it in _not_as_the_server_has_it(stage, page)]
    if not _comes(writing.get_by_text(f"You missed {MISSED} bids")):
        wrong.append(f"F15: nobody is told that {MISSED} bids were missed")
    if not _comes(pressing.get_by_text("Your bid did not reach us")):
        wrong.append("F15: whoever pressed is not told that the bid did not arrive")
    return wrong


_EXTENSIONS = "SELECT extensions FROM sale_states WHERE sale_id = %s"


def _comes(awaited: Any) -> bool:
    from playwright.sync_api import TimeoutError as NotInTime

    try:
        awaited.first.wait_for(timeout=15_000)
    except NotInTime:
        return False
    return True


def _not_as_the_server_has_it(stage: Stage, page: Any) -> list[str]:
    """What still differs when a page has had its time."""
    deadline = time.monotonic() + SECONDS_TO_REPAIR
    while (wrong := _differences(stage, page)) and time.monotonic() < deadline:
        page.wait_for_timeout(200)
    return wrong


def _differences(stage: Stage, page: Any) -> list[str]:
    [(accepted, price)] = stage.rig.sql(
        "SELECT accepted, price FROM sale_states WHERE sale_id = %s", stage.sale_id
    )
    rows = page.evaluate(
        "[...document.querySelectorAll('[data-room=bid-rows] tr')].map((row) => +row.dataset.seq)"
    )
    shown = page.locator("[data-room=price]").inner_text()
    wrong = []
    if sorted(rows) != list(range(1, accepted + 1)):
        wrong.append(f"a page lists {len(rows)} of {accepted} bids")
    if shown != f"¥{price / 100:,.2f}":
        wrong.append(f"a page shows {shown}, the price is {price / 100:,.2f}")
    off = _clock_is_off(stage, page)
    return [*wrong, f"a page's clock is off by {off:.0f} s"] if off > CLOCK_MAY_BE_OFF_S else wrong


def _clock_is_off(stage: Stage, page: Any) -> float:
    """By how many seconds at least the digits are not what is left; the last one counts on."""
    most = _left(stage)
    digits = page.locator("[data-clock=digits]").inner_text()
    least = _left(stage)
    days, _, clock = digits.rpartition(" ")
    if not re.fullmatch(r"[\d:]+", clock):
        return float("inf")
    shown = 86_400 * int(days.split()[0]) if days else 0
    shown += sum(int(part) * 60**n for n, part in enumerate(reversed(clock.split(":"))))
    return max(least - shown, shown - 1 - most, 0.0)


def _left(stage: Stage) -> float:
    [(left,)] = stage.rig.sql(
        "SELECT extract(epoch FROM closes_at - legal_time(court_id, clock_timestamp()))"
        " FROM sale_states WHERE sale_id = %s",
        stage.sale_id,
    )
    return float(left)


# --- F24 ----------------------------------------------------------------------------------------

# By the zone of the court: a moment, its day in English and in Chinese, its clock, its offset.
GOLDEN = {
    # The hour that comes twice, and the one that does not come.
    "Europe/Madrid": (
        ("2026-10-25T00:30:00Z", "25 October 2026", "2026年10月25日", "02:30:00", "UTC+2"),
        ("2026-10-25T01:30:00Z", "25 October 2026", "2026年10月25日", "02:30:00", "UTC+1"),
        ("2027-03-28T00:59:59Z", "28 March 2027", "2027年3月28日", "01:59:59", "UTC+1"),
        ("2027-03-28T01:00:00Z", "28 March 2027", "2027年3月28日", "03:00:00", "UTC+2"),
    ),
    # A day that is only there every fourth year, and the last second of a year.
    "Asia/Shanghai": (
        ("2028-02-28T16:00:00Z", "29 February 2028", "2028年2月29日", "00:00:00", "UTC+8"),
        ("2028-02-29T16:00:00Z", "1 March 2028", "2028年3月1日", "00:00:00", "UTC+8"),
        ("2027-12-31T15:59:59Z", "31 December 2027", "2027年12月31日", "23:59:59", "UTC+8"),
    ),
    # Offsets with minutes, behind and ahead, and none at all.
    "America/St_Johns": (
        ("2027-01-15T03:30:00Z", "15 January 2027", "2027年1月15日", "00:00:00", "UTC-3:30"),
    ),
    "Asia/Kathmandu": (
        ("2027-01-14T18:15:00Z", "15 January 2027", "2027年1月15日", "00:00:00", "UTC+5:45"),
    ),
    "Europe/London": (
        ("2027-01-15T00:00:00Z", "15 January 2027", "2027年1月15日", "00:00:00", "UTC+0"),
    ),
}
# Who reads: the zone of the computer, and a script that sets its clock.
READERS = (("America/New_York", THREE_HOURS_SLOW), ("Asia/Shanghai", ""), ("Pacific/Apia", ""))
CHANGE = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
ENDS, ENDS_AS_WRITTEN = CHANGE + timedelta(minutes=40), "02:40:00 (UTC+1)"


def clocks_change(rig: Rig, size: Size) -> Found:
    found = Found(figures={"moments in the golden table": sum(map(len, GOLDEN.values()))})
    found.wrong += _as_the_server_writes()
    with windows(rig) as shown:
        for zone in list(GOLDEN)[: size.of(1, 5)]:
            found.wrong += _as_a_page_writes(shown, zone, size)
        found.wrong += _through_the_change(shown, size, found)
    found.wrong += _through_a_smeared_second(rig, size)
    return found


def _golden(zone: str, language: str) -> list[str]:
    return [
        f"{chinese} {clock}（{offset}）" if language == "zh" else f"{english}, {clock} ({offset})"
        for _at, english, chinese, clock, offset in GOLDEN[zone]
    ]


def _as_the_server_writes() -> list[str]:
    from app.web.formats import moment

    wrong = []
    for zone, rows in GOLDEN.items():
        moments = [datetime.fromisoformat(row[0]) for row in rows]
        for language in ("en", "zh"):
            written = [
                moment(at, now=at - timedelta(days=300), zone=ZoneInfo(zone), locale=language)
                for at in moments
            ]
            wrong += _unlike(zone, language, written, "the server")
    return wrong


def _as_a_page_writes(shown: Windows, zone: str, size: Size) -> list[str]:
    """By the script of a page of this court, on a computer in another zone."""
    stage = a_stage(shown.rig, size.seed, bidders=0, zone=zone, watched=False)
    wrong = []
    for language in ("en", "zh"):
        page = shown.open(stage, timezone_id="America/New_York", locale=language)
        written = page.evaluate(
            """async (ats) => {
                const { moment } = await import("/static/js/moments.js");
                return ats.map((at) => moment(Date.parse(at), Date.parse("2020-01-01")));
            }""",
            [row[0] for row in GOLDEN[zone]],
        )
        page.context.close()
        wrong += _unlike(zone, language, written, "a page")
    return wrong


def _unlike(zone: str, language: str, written: list[str], who: str) -> list[str]:
    pairs = zip(written, _golden(zone, language), strict=True)
    return [f"F24: {who} writes {said}, it is {true}" for said, true in pairs if said != true]


def _through_the_change(shown: Windows, size: Size, found: Found) -> list[str]:
    """A sale in Madrid, a quarter of a minute before three o'clock becomes two o'clock again."""
    rig = shown.rig
    stage = a_stage(
        rig,
        size.seed,
        bidders=2,
        zone="Europe/Madrid",
        legal_at=CHANGE - timedelta(minutes=5),
        closes_at=ENDS,
    )
    readers = READERS[: size.of(1, 3)]
    pages = [shown.open(stage, timezone_id=zone, script=script) for zone, script in readers]
    rig.world.hold_clock(stage.court_id, CHANGE - timedelta(seconds=15), rate=1)
    for page in pages:
        page.reload()
        ready(page)
    wrong = _shown_to(readers, pages, stage, "before the change")
    stage.bidders[0].ask_until_known(START, ports=stage.ports)
    time.sleep(max(0.0, _left(stage) - (ENDS - CHANGE).total_seconds() + 1))
    stage.bidders[1].ask_until_known(START + STEP, ports=stage.ports)
    wrong += _shown_to(readers, pages, stage, "after the change")
    status, content = get(
        stage.ports[0], f"/sales/{stage.public_id}/live", **{"Accept-Language": "en"}
    )
    if status != 200 or ENDS_AS_WRITTEN not in content.decode():
        wrong.append(f"F24: the server's page does not say that it ends at {ENDS_AS_WRITTEN}")
    found.figures |= {"readers in other zones": len(readers)}
    return wrong + stage.judge(stage.finish(), by_real_time=False)


def _shown_to(
    readers: Sequence[tuple[str, str]], pages: Sequence[Any], stage: Stage, when: str
) -> list[str]:
    wrong = []
    for (zone, _script), page in zip(readers, pages, strict=True):
        page.locator("[data-clock=server]").get_by_text("±").wait_for()
        deadline = time.monotonic() + SECONDS_TO_REPAIR
        while (off := _clock_is_off(stage, page)) > CLOCK_MAY_BE_OFF_S:
            if time.monotonic() > deadline:
                wrong.append(f"F24: {when} a page in {zone} counts {off:.0f} s wrong")
                break
            page.wait_for_timeout(200)
        end = page.locator("[data-clock=end]").inner_text()
        if ENDS_AS_WRITTEN not in end:
            wrong.append(f"F24: {when} a page in {zone} writes the end as {end!r}")
    return wrong


def _through_a_smeared_second(rig: Rig, size: Size) -> list[str]:
    """A clock that takes back a second little by little, forty times as fast as they do."""
    began = datetime.now(UTC).isoformat()
    smeared = (
        "pg_catalog.clock_timestamp()"
        f" - (pg_catalog.clock_timestamp() - timestamptz '{began}') * 0.0005"
    )
    with _clock_says(rig, smeared):
        stage = a_stage(rig, size.seed, ends_in=12.0, bidders=1, watched=False)
        status = stage.wait_for_status("unsold", "suspended", seconds=30)
        late = stage.bidders[0].ask_until_known(START, ports=stage.ports)
    wrong = stage.judge(stage.finish())
    if status is None or stage.status() != "unsold":
        wrong.append(f"F24: under a smeared second a sale is {stage.status()} after its end")
    if late.reason != "closed":
        wrong.append(f"F24: under a smeared second a late bid is {late.kind} ({late.reason})")
    return wrong


@contextmanager
def _clock_says(rig: Rig, moment: str) -> Iterator[None]:
    [(before,)] = rig.sql("SELECT pg_get_functiondef('rig.clock_timestamp()'::regprocedure)")
    rig.run_sql(
        "CREATE OR REPLACE FUNCTION rig.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
        f" AS $$ SELECT {moment} $$"
    )
    try:
        yield
    finally:
        rig.run_sql(before)


EXPERIMENTS = (
    Experiment(
        "F15",
        "A page is offline, and another asleep",
        "In a real browser one page sleeps for ten minutes. Then two pages are cut off for a"
        " minute; in one an amount stands ready, in the other a bid was pressed just then. Others"
        " make twenty bids meanwhile and move the end twice.",
        "Back online a page shows what the record holds: price, each bid, and the time that is"
        " left. It says how many bids were missed, and that the pressed bid did not arrive. No bid"
        " is ever sent by itself.",
        offline_and_asleep,
        (
            Mutant("a page does not ask for what it missed", ("gaps are not repaired",), "F15"),
            Mutant(
                "a page keeps what it could not send, and sends it later",
                ("a page sends what it kept",),
                "were sent by themselves",
            ),
        ),
        is_quick=False,
    ),
    Experiment(
        "F24",
        "Clocks are changed, and computers are wrong",
        "A sale in Madrid runs while three o'clock becomes two o'clock again, watched from other"
        " zones and by a computer that is three hours slow. A golden table has the hour that comes"
        " twice, the one that does not come, 29 February, and offsets with minutes. Another sale"
        " ends while the database's clock takes a second back little by little.",
        "Every page counts what is left to within a second, and writes the court's time with its"
        " offset, whatever its reader's computer believes. A second that is smeared stays no sale"
        " and closes none early.",
        clocks_change,
        (
            Mutant(
                "a page counts on the computer's clock",
                ("a page counts on the computer's clock",),
                "s wrong",
            ),
            Mutant(
                "a page writes its reader's time",
                ("a page writes its reader's time",),
                "a page writes",
            ),
        ),
        is_quick=False,
    ),
)
