"""Bundles of evidence: the same bytes whoever makes them."""

from __future__ import annotations

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from app.gateways.bundles import MANIFEST, pack


@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}\.txt", fullmatch=True), st.binary(max_size=99)))
def test_a_bundle_is_the_same_bytes_whoever_packs_it(files: dict[str, bytes]) -> None:
    """RULE-M6."""
    turned_round = dict(reversed(files.items()))

    packed = pack(files)

    assert pack(turned_round) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        assert bundle.namelist() == [MANIFEST, *sorted(files)]
        assert {name: bundle.read(name) for name in files} == files
