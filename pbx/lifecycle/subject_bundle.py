"""What a person gets beside the sound of his calls: an index for programs, and one page for himself.

It says nothing of anybody else: no number, no name, no consent, and of who got it only what may be told.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from pbx.recording.spans import Span, intersect, subtract
from pbx.recording.timeline import RATE

VERSION = 1
INDEX, PAGE, RECORDS = "index.json", "README.txt", "records.json"
MAX_LINES = 15  # of each list on the page, so that it stays one; the index has all
_OTHERS = {
    RECORDS: (
        f"{RECORDS} has what else is kept of you: as a customer, of your calls, of how you",
        "proved who you are, of what you agreed to; for each kind why, and until when.",
        "",
    )
}
Stretch = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One recording in the bundle; `gaps` and `withheld` are stretches of the person's own voice.

    `sha256` and `size` are those of the WAV file. `kept_until` None = its terms are not known any more.
    """

    recording: str
    file: str
    call: str
    kind: str
    started_at: datetime
    duration_s: float
    role: str
    purposes: tuple[str, ...]
    kept_until: datetime | None
    verification: str = ""
    consents: tuple[Mapping[str, Any], ...] = ()
    gaps: tuple[Stretch, ...] = ()
    gaps_omitted: int = 0
    withheld: tuple[Stretch, ...] = ()
    recipients: tuple[Mapping[str, Any], ...] = ()
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A recording of a call of his that he does not get, and why."""

    recording: str
    started_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The answer to one request; `request` = its time limit, if somebody has said when it came.

    `records` = the file with what else is kept of him, "" = there is none.
    """

    reference: str
    controller: str
    made_at: datetime
    given: tuple[Given, ...]
    left_out: tuple[LeftOut, ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    records: str = ""


def own_gaps(fields: Mapping[str, Any], occupied: Sequence[Sequence[Span]]) -> tuple[Stretch, ...]:
    """Return the gaps of a parsed manifest that lie where the person has the channel, in their order."""
    found: list[Stretch] = []
    for gap in fields["gaps"]:
        span = (gap["at"], gap["at"] + gap["len"])
        own = intersect([span], occupied[gap["ch"] - 1])
        found += [_stretch(gap["ch"], one, gap["cause"]) for one in own]
    return tuple(found)


def withheld(occupied: Sequence[Sequence[Span]], kept: Sequence[Sequence[Span]]) -> tuple[Stretch, ...]:
    """Return where he has the channel and is muted all the same."""
    return tuple(
        _stretch(channel, span, "others are near")
        for channel, (has, gets) in enumerate(zip(occupied, kept, strict=True), 1)
        for span in subtract(has, gets)
    )


def index(bundle: Bundle) -> bytes:
    """Return the index: JSON in ASCII, times in UTC, stretches in seconds of the recording."""
    value = {"v": VERSION} | asdict(bundle)
    return (json.dumps(value, indent=1, default=_text) + "\n").encode()


def page(bundle: Bundle) -> bytes:
    """Return the page that tells a person what he has before him."""
    lines = [
        f"Your recorded calls with {bundle.controller}",
        f"Your request: {bundle.reference}. Made on {bundle.made_at:%d %B %Y}.",
        "",
        "You asked for the recordings in which you speak. Each file in the folder",
        "`recordings` is one of them. You hear yourself only: the other person has a right",
        "to privacy too, so silence stands in place of everybody else. A file is as long",
        "as the call was, and everything you say is where you said it. Where several",
        "people were connected one after the other, up to a second around each change is",
        "silent as well. Any player for WAV files opens them.",
        "",
        f"Recordings in this archive: {len(bundle.given)}",
        *_lines(
            f"  {one.started_at:%Y-%m-%d %H:%M} UTC, {_minutes(one)}, {one.file}" for one in bundle.given
        ),
        f"Recordings that you do not get: {len(bundle.left_out)}",
        *_lines(f"{_when(one.started_at)}: {one.why}" for one in bundle.left_out),
        "",
        f"{INDEX} says the same for programs, and for each recording what it was made",
        "for, how long it is kept, what you were told and answered, who got it where that",
        "may be told, and which parts of what you said were never recorded (`gaps`) or are",
        "muted here (`withheld`).",
        "",
        *_OTHERS.get(bundle.records, ()),
        "You may ask for a correction or for erasure, object, or complain to the",
        "supervisory authority; in the United Kingdom that is the Information Commissioner.",
    ]
    return ("\n".join(lines) + "\n").encode()


def _lines(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    more = len(every) - MAX_LINES
    return every[:MAX_LINES] + ([f"  and {more} more, see {INDEX}"] if more > 0 else [])


def _when(at: datetime) -> str:
    return f"  {at:%Y-%m-%d %H:%M} UTC"


def _minutes(one: Given) -> str:
    minutes, seconds = divmod(round(one.duration_s), 60)
    return f"{minutes}:{seconds:02d} minutes"


def _stretch(channel: int, span: Span, cause: str) -> Stretch:
    start, end = span
    return {"channel": channel, "from_s": start / RATE, "seconds": (end - start) / RATE, "cause": cause}


def _text(value: object) -> str:
    assert isinstance(value, date), "days and times are the only values that JSON does not know"
    return value.isoformat()
