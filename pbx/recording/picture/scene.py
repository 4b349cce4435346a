"""The layout of the picture of one recording: every place in pixels, nothing drawn.

Numbers of pixels are of a picture for a screen of today, about 1,600 wide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from pbx.recording.gaps import GapCause
from pbx.recording.picture.marks import Flag, Measure, clean, marks, place
from pbx.recording.picture.parties import Event, own_turns, turns
from pbx.recording.timeline import RATE

WIDTH = 1600
LEFT, RIGHT = 168, 32  # the lanes' names; air
PLOT = WIDTH - LEFT - RIGHT
MIN_TICK = 110  # pixels between two times
_STEPS_MS = (
    *(10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000),
    *(600_000, 900_000, 1_800_000, 3_600_000, 10_800_000),
)
# In the order of the legend; what is drawn later covers what came before, so losses come last.
CAUSES: Mapping[GapCause, str] = {
    "silence": "nothing sent",
    "noise": "comfort noise",
    "event": "key pressed",
    "hold": "on hold",
    "absent": "nobody here",
    "gate": "not to be recorded",
    "secure": "secure entry",
    "pause": "recording paused",
    "worker_lost": "media worker lost",
    "worker_drained": "media worker drained",
    "undecodable": "not decodable",
    "loss": "lost on the way",
}


@dataclass(frozen=True, slots=True)
class Hole:
    """A gap, from column `x` to `end`, which is at least one column further."""

    x: int
    end: int
    cause: GapCause


@dataclass(frozen=True, slots=True)
class Strip:
    """A party's turn in its channel."""

    x: int
    end: int
    party: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One channel, counted from 1; holes in the order in which they are drawn."""

    channel: int
    names: tuple[str, ...]
    strips: tuple[Strip, ...]
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend."""

    cause: GapCause
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Columns count from the left edge of the lanes; `n_rows` of labels are needed above them."""

    title: str
    facts: str
    lanes: tuple[Lane, ...]
    flags: tuple[Flag, ...]
    n_rows: int
    ticks: tuple[tuple[int, str], ...]
    legend: tuple[Entry, ...]
    notes: tuple[str, ...]


def compose(manifest: Mapping[str, Any], measure: Measure) -> Scene:
    """Lay out a manifest; `measure` = the length of a label in pixels."""
    n_samples = int(manifest["samples"])
    events = [Event(at_ms=int(e["at_ms"]), kind=e["kind"], details=e["details"]) for e in manifest["events"]]
    scale = _Scale(n_samples)
    flags = tuple(place(marks(events, scale.of_ms), PLOT, measure))
    rows = [flag.row for flag in flags if flag.row is not None]
    return Scene(
        title=clean(f"Recording {manifest['recording']}"),
        facts=clean(_facts(manifest)),
        lanes=_lanes(manifest, events, scale),
        flags=flags,
        n_rows=max(rows, default=-1) + 1,
        ticks=ticks(n_samples),
        legend=_legend(manifest["gaps"]),
        notes=tuple(_notes(manifest, flags)),
    )


def clock(at_ms: int, step_ms: int = 1000) -> str:
    """Return minutes:seconds, with as many decimals as `step_ms` needs."""
    minutes, rest = divmod(at_ms, 60_000)
    decimals = 0 if step_ms % 1000 == 0 else 1 if step_ms % 100 == 0 else 2
    fraction = f".{rest % 1000:03d}"[: decimals + 1] if decimals else ""
    return f"{minutes}:{rest // 1000:02d}{fraction}"


def ticks(n_samples: int) -> tuple[tuple[int, str], ...]:
    """Return columns and times at round steps, MIN_TICK apart at least."""
    length_ms = n_samples * 1000 / RATE
    wide = (step for step in _STEPS_MS if length_ms == 0 or step * PLOT / length_ms >= MIN_TICK)
    step = next(wide, _STEPS_MS[-1])
    scale = _Scale(n_samples)
    return tuple((scale.of_ms(at), clock(at, step)) for at in range(0, int(length_ms) + 1, step))


class _Scale:
    """From time to columns."""

    def __init__(self, n_samples: int) -> None:
        self._n_samples = max(1, n_samples)

    def of_sample(self, sample: int) -> int:
        return min(max(0, sample * PLOT // self._n_samples), PLOT - 1)

    def of_ms(self, at_ms: int) -> int:
        return self.of_sample(at_ms * RATE // 1000)

    def end(self, sample: int) -> int:
        return min(max(1, -(-sample * PLOT // self._n_samples)), PLOT)


def _lanes(manifest: Mapping[str, Any], events: Sequence[Event], scale: _Scale) -> tuple[Lane, ...]:
    channels = manifest["channels"]
    taken = [*turns(channels[0]["leg"], events), *own_turns(channels[2:], int(manifest["samples"]))]
    lanes = []
    for channel in range(1, len(channels) + 1):
        own = [(scale.of_ms(turn.start_ms), _short(turn.party)) for turn in taken if turn.channel == channel]
        edges = pairwise([*own, (PLOT, "")])
        lane = Lane(
            channel=channel,
            names=tuple(dict.fromkeys(party for _, party in own if party)),
            strips=tuple(Strip(x, end, party) for (x, party), (end, _) in edges if party and end > x),
            holes=_holes([gap for gap in manifest["gaps"] if gap["ch"] == channel], scale),
        )
        lanes.append(lane)
    return tuple(lanes)


def _holes(gaps: Sequence[Mapping[str, Any]], scale: _Scale) -> tuple[Hole, ...]:
    order = list(CAUSES)
    spans = ((gap["at"], gap["at"] + gap["len"], gap["cause"]) for gap in gaps)
    holes = (Hole(scale.of_sample(start), scale.end(end), cause) for start, end, cause in spans)
    return tuple(sorted(holes, key=lambda hole: order.index(hole.cause)))


def _short(party: str) -> str:
    """Return 1009 for extension/acme/1009."""
    return clean(party.rpartition("/")[2])


def _legend(gaps: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    entries = []
    for cause, words in CAUSES.items():
        lengths = [gap["len"] for gap in gaps if gap["cause"] == cause]
        if lengths:
            count = f"{len(lengths):,} gaps" if len(lengths) > 1 else "1 gap"
            entries.append(Entry(cause, f"{words}: {count}, {sum(lengths) / RATE:,.2f} s"))
    return tuple(entries)


def _facts(manifest: Mapping[str, Any]) -> str:
    began = datetime.fromisoformat(manifest["started_at"]).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    length = clock(int(manifest["samples"]) * 1000 // RATE)
    names = f"tenant {manifest['tenant']}   call {manifest['call']}"
    return f"{began} UTC   {length}   {manifest['kind']}   {names}"


def _notes(manifest: Mapping[str, Any], flags: Sequence[Flag]) -> list[str]:
    """What the picture does not show, or what is wrong with the recording."""
    notes = []
    if manifest["damage"] is not None:
        notes.append("the journal was damaged: what was behind the damage is missing")
    elif manifest["recovered"]:
        notes.append("recovered: the end of the recording was not written")
    unnamed = sum(flag.row is None for flag in flags)
    more = (
        (unnamed, "marks have no room for their words"),
        (manifest["gaps_omitted"], "further gaps are not in the manifest"),
        (manifest["events_omitted"], "further events are not in the manifest"),
    )
    return [*notes, *(f"{count:,} {words}" for count, words in more if count)]
