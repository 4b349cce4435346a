"""Kept: the story of a call that was made, of what its record, consents and facts say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pbx.call.record import CallRecord, ConsentRecord, LegRecord
from pbx.core.audit import AuditFact
from pbx.rehearsal.outcome import Line
from pbx.rehearsal.words import at_stage, consent_lines, fact_words

# A part of a route: where it is written, what it says, seconds since the call began.
_PART = re.compile(r"(?:(?P<place>[^\s:]+:\d+): )?(?P<words>.*?)(?: \+(?P<at>\d+\.\d)s)?")
_ANSWERS = (
    "consent.granted",
    "consent.informed",
    "consent.declined",
    "consent.unknown",
)  # a consent has them
_AT_HANG_UP = ("bye", "cancel")


def kept_story(
    record: CallRecord, consents: Sequence[ConsentRecord], facts: Iterable[tuple[datetime, AuditFact]]
) -> tuple[Line, ...]:
    """Return the lines by time; what happened at once stands in the order of its kinds here."""
    began = record.offered_at
    lines = [*_opening(record), *_way(record), *_legs(record)]
    for consent in consents:
        at_s = _since(began, consent.at)
        lines += [Line(at_s=at_s, words=words) for words in consent_lines(consent.proof)]
    for at, fact in facts:
        if fact.kind not in _ANSWERS:
            lines.append(Line(at_s=_since(began, at), words=f"noted: {fact_words(fact)}"))
    lines.sort(key=lambda line: line.at_s)
    return (*lines, _end(record, lines[-1].at_s))


def _opening(record: CallRecord) -> Iterator[Line]:
    caller = next((leg.party for leg in record.legs if leg.role == "caller"), "somebody")
    shown = record.caller_number or "without a number"
    verdict = f", {record.verstat}" if record.verstat else ""
    words = (
        f"{_party(caller)} ({shown}) calls {record.called}{verdict}, {record.offered_at:%Y-%m-%d %H:%M} UTC"
    )
    yield Line(at_s=0.0, words=words)


def _way(record: CallRecord) -> Iterator[Line]:
    """What decided, from the route; a transfer has no time of its own and stands where the call ended."""
    ended_s = _since(record.offered_at, record.ended_at) if record.ended_at else 0.0
    for part in filter(None, record.route.split(" > ")):
        found = _PART.fullmatch(part)
        place, words, at = found.group("place", "words", "at") if found is not None else (None, part, None)
        at_s = float(at) if at is not None else ended_s if " transferred to " in words else 0.0
        if at is not None and place is not None:
            words = f"step {words}"
        yield Line(at_s=at_s, words=words, place=place or "")


def _legs(record: CallRecord) -> Iterator[Line]:
    for leg in record.legs:
        if leg.role != "caller":
            yield Line(at_s=_since(record.offered_at, leg.offered_at), words=f"{_party(leg.party)} is called")
        if leg.answered_at is not None:
            words = f"{_party(leg.party)} {'answers' if leg.role != 'caller' else 'is answered'}"
            yield Line(at_s=_since(record.offered_at, leg.answered_at), words=words)
        if leg.ended_at is not None:
            yield Line(at_s=_since(record.offered_at, leg.ended_at), words=_ended(leg))


def _ended(leg: LegRecord) -> str:
    if leg.answered_at is None and leg.cause == "cancel":
        return f"{_party(leg.party)} {'gives up' if leg.role == 'caller' else 'stops ringing'}"
    if leg.answered_at is None and leg.cause.isdecimal():
        return f"{_party(leg.party)}: {at_stage(int(leg.cause))}"
    why = f" ({leg.cause})" if leg.cause and leg.cause not in _AT_HANG_UP else ""
    return f"{_party(leg.party)} is gone{why}"


def _end(record: CallRecord, last_s: float) -> Line:
    if record.ended_at is None:
        return Line(at_s=last_s, words="the call is not over")
    why = f" ({record.recording_reason})" if record.recording_reason else ""
    level = f", verification: {record.verification}" if record.verification else ""
    by = f"ended by {record.ended_by}, " if record.ended_by else ""
    words = (
        f"the call is over: {by}{record.cause or 'no cause'}; recording: {record.recording_state}{why}{level}"
    )
    return Line(at_s=max(last_s, _since(record.offered_at, record.ended_at)), words=words)


def _party(party: str) -> str:
    return party.replace("/", " ")


def _since(began: datetime, at: datetime) -> float:
    """Seconds, 0 where a clock was set back meanwhile."""
    return max(0.0, (at - began).total_seconds())
