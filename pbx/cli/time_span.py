"""Moments of a recording at the command line, and the span between two of them."""

import re
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import Refusal, WrongUsage
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording

_CLOCK = re.compile(r"(?:(?:(?P<h>[0-9]{1,2}):)?(?P<m>[0-9]{1,4}):)?(?P<s>[0-9]{1,6}(?:\.[0-9]{1,3})?)")
PartFrom = Annotated[
    str, Parameter(name="--from", help="Only a part, as evidence, from here: seconds, m:ss or h:mm:ss.")
]
PartTo = Annotated[str, Parameter(name="--to", help="Where the part ends, in the same forms.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a recording as somebody asks for it; `end_ms` None = up to its end."""

    begin_ms: int
    end_ms: int | None
    words: str

    def within(self, row: FinishedRecording) -> tuple[int, int]:
        """Return begin and end in milliseconds; Refusal when the recording is shorter, or has no tree."""
        fields = manifest.parse(row.manifest)
        if "plain_tree" not in fields:
            raise Refusal(
                f"{row.recording} has a manifest of version {fields['v']}: only the whole can be proved"
            )
        length_ms = -(-fields["samples"] * 1000 // fields["rate"])
        end_ms = length_ms if self.end_ms is None else self.end_ms
        if self.begin_ms >= length_ms or end_ms > length_ms:
            raise Refusal(f"{row.recording} is {length_ms / 1000:.3f} s long: it has no part {self.words}")
        return self.begin_ms, end_ms


def span_of(start: str, end: str) -> Span | None:
    """Return the span, None when neither is given; WrongUsage for one that is empty or reversed."""
    if not start and not end:
        return None
    begin_ms = round(clock(start or "0") * 1000)
    end_ms = round(clock(end) * 1000) if end else None
    if end_ms is not None and begin_ms >= end_ms:
        raise WrongUsage(f"--from {start or 0} is not before --to {end}")
    return Span(begin_ms=begin_ms, end_ms=end_ms, words=f"from {start or 0} to {end or 'its end'}")


def clock(said: str) -> float:
    """Return seconds for `90`, `1:30` or `0:01:30.5`; WrongUsage for anything else."""
    found = _CLOCK.fullmatch(said)
    if found is None:
        raise WrongUsage(f"{said!r} is no time: write seconds, m:ss or h:mm:ss")
    hours, minutes, seconds = (float(found[name] or 0) for name in "hms")
    if (found["m"] and seconds >= 60) or (found["h"] and minutes >= 60):
        raise WrongUsage(f"{said!r} is no time: a minute has 60 seconds, an hour 60 minutes")
    return hours * 3600 + minutes * 60 + seconds
