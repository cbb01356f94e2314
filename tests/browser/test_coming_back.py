"""How long a page waits before it comes back to a live process (FAULT-F17)."""

from __future__ import annotations

import functools
import json
import subprocess

import pytest

from deploy.local.places import ROOT

DRAWS = 2_000
# Socket.IO's own client draws: what we tell it is worth what it makes of it.
DRAWN = """
import { waits } from "./static/js/live.js";
import { Manager } from "./node_modules/socket.io-client/build/esm/index.js";
const drawn = Array.from({ length: %d }, () => {
  const { backoff } = new Manager("http://127.0.0.1:1", { autoConnect: false, ...waits(%s) });
  return [1, 2, 3, 4, 5, 6].map(() => backoff.duration());
});
console.log(JSON.stringify(drawn));
"""


@functools.cache
def drawn(is_bidder: bool) -> list[list[int]]:
    """For each page, how long it waits before each of six tries, in milliseconds."""
    script = DRAWN % (DRAWS, str(is_bidder).lower())
    played = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


@pytest.mark.parametrize(("is_bidder", "seconds"), [(False, 5), (True, 1)])
def test_pages_that_lost_their_socket_in_one_moment_come_back_one_after_the_other(
    is_bidder: bool, seconds: int
) -> None:
    first = [each[0] for each in drawn(is_bidder)]

    tenths = [
        sum(n * seconds * 100 <= wait < (n + 1) * seconds * 100 for wait in first)
        for n in range(10)
    ]
    assert sum(tenths) == DRAWS
    assert min(tenths) > DRAWS / 20 and max(tenths) < DRAWS / 5


@pytest.mark.parametrize(("is_bidder", "longest"), [(False, 30_000), (True, 4_000)])
def test_who_is_not_let_in_waits_longer_each_time_up_to_a_bound(
    is_bidder: bool, longest: int
) -> None:
    pages = drawn(is_bidder)

    means = [sum(waits) / DRAWS for waits in zip(*pages, strict=True)]
    assert means[1] > 1.7 * means[0] and means[5] >= means[2]
    assert max(max(each) for each in pages) <= longest
