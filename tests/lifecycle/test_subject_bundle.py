"""The index and the page of a bundle: all that is the person's, nothing of others, one page."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.lifecycle.subject_bundle import MAX_LINES, Bundle, Given, LeftOut, index, own_gaps, page, withheld

AT = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
GIVEN = Given(
    recording="rec-1",
    file="recordings/rec-1.wav",
    call="call-1",
    kind="call",
    started_at=AT,
    duration_s=65.4,
    role="caller",
    purposes=("quality",),
    kept_until=AT,
    gaps=({"channel": 1, "from_s": 0.5, "seconds": 0.25, "cause": "secure"},),
)
LEFT_OUT = LeftOut(recording="rec-2", started_at=AT, why="it is erased")
BUNDLE = Bundle(reference="SAR/7", controller="acme", made_at=AT, given=(GIVEN,), left_out=(LEFT_OUT,))


@pytest.mark.requirement("D-02")
def test_the_index_is_read_back() -> None:
    said = json.loads(index(BUNDLE))
    (given,) = said["given"]
    assert (said["v"], given["recording"], given["started_at"]) == (1, "rec-1", "2026-05-03T09:30:00+00:00")
    assert given["gaps"] == list(GIVEN.gaps)
    assert said["left_out"] == [{"recording": "rec-2", "started_at": AT.isoformat(), "why": "it is erased"}]


def test_the_page_names_every_recording_and_why_one_is_missing() -> None:
    text = page(BUNDLE).decode("ascii")
    assert "2026-05-03 09:30 UTC, 1:05 minutes, recordings/rec-1.wav" in text
    assert "2026-05-03 09:30 UTC: it is erased" in text


@pytest.mark.parametrize(("n_given", "has_more"), [(MAX_LINES, False), (MAX_LINES + 1, True)])
def test_it_stays_one_page(n_given: int, has_more: bool) -> None:
    text = page(replace(BUNDLE, given=(GIVEN,) * n_given, left_out=(LEFT_OUT,) * n_given)).decode()
    assert text.count("and 1 more, see index.json") == 2 * has_more
    assert len(text.splitlines()) <= 66
    assert max(map(len, text.splitlines())) <= 90


def test_gaps_are_his_where_he_has_the_channel() -> None:
    gaps = [
        {"ch": 1, "at": 0, "len": 8000, "cause": "secure"},
        {"ch": 2, "at": 4000, "len": 8000, "cause": "loss"},
        {"ch": 2, "at": 80_000, "len": 80, "cause": "hold"},
    ]
    assert own_gaps({"gaps": gaps}, ([], [(8000, 40_000)])) == (
        {"channel": 2, "from_s": 1.0, "seconds": 0.5, "cause": "loss"},
    )


def test_what_is_muted_of_him_is_said() -> None:
    assert withheld(([(0, 16_000)], [(0, 8000)]), ([(0, 16_000)], [(0, 4000)])) == (
        {"channel": 2, "from_s": 0.5, "seconds": 0.5, "cause": "others are near"},
    )
