"""Judge: where an outcome parts from what a test expects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pbx.config.plan_tests import MORE, WrittenEnd, WrittenExpectation
from pbx.rehearsal.outcome import Outcome

NOBODY = "nobody"
_NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One expectation that was not met; `place` is its file:line."""

    key: str
    expected: str
    found: str
    place: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.key}: expected {self.expected}, found {self.found}"


def differences(
    expected: WrittenExpectation, outcome: Outcome, places: Mapping[str, str]
) -> tuple[Difference, ...]:
    """Return every expectation that was not met, in a fixed order; a call that never ends meets none."""
    found = [*_plain(expected, outcome), *_listed(expected, outcome), *_ended(expected.ends, outcome)]
    if outcome.unasked:
        keys = ", ".join(outcome.unasked)
        found.append(
            Difference(key="replies", expected="each is asked for", found=f"nobody asked for {keys}")
        )
    if outcome.is_cut:
        found.append(Difference(key="ends", expected="an end", found="a call that goes on for ever"))
    return tuple(
        Difference(key=one.key, expected=one.expected, found=one.found, place=places.get(one.key, ""))
        for one in found
    )


def _plain(expected: WrittenExpectation, outcome: Outcome) -> Iterator[Difference]:
    pairs: tuple[tuple[str, str | None, str], ...] = (
        ("route", expected.route, outcome.route),
        ("answered_by", expected.answered_by, outcome.answered_by or NOBODY),
        ("consent", expected.consent, outcome.consent or _NOT_ASKED),
        ("consent_state", expected.consent_state, outcome.consent_state or "unknown"),
        ("verification", expected.verification, outcome.verification or _NOT_ASKED),
        ("message", expected.message, outcome.message or NOBODY),
    )
    for key, wanted, found in pairs:
        if wanted is not None and wanted != found:
            yield Difference(key=key, expected=wanted, found=found)
    if expected.recording is not None and expected.recording != outcome.is_recorded:
        why = outcome.record.recording_reason if outcome.record is not None else ""
        yield Difference(
            key="recording",
            expected=_word(value=expected.recording),
            found=_word(value=outcome.is_recorded) + (f" ({why})" if why else ""),
        )


def _listed(expected: WrittenExpectation, outcome: Outcome) -> Iterator[Difference]:
    if expected.path is not None and not fits(expected.path, outcome.path):
        yield Difference(key="path", expected=_chain(expected.path), found=_chain(outcome.path))
    if expected.rings is not None and expected.rings != outcome.rings:
        yield Difference(key="rings", expected=_list(expected.rings), found=_list(outcome.rings))
    rest = list(outcome.said)
    for wanted in expected.says:
        at = next((i for i, said in enumerate(rest) if wanted.casefold() in said.casefold()), None)
        if at is None:
            yield Difference(key="says", expected=f'"{wanted}"', found=_quoted(outcome.said))
            break
        rest = rest[at + 1 :]
    for unwanted in expected.never_says:
        if any(unwanted.casefold() in said.casefold() for said in outcome.said):
            yield Difference(key="never_says", expected=f'never "{unwanted}"', found="it is said")


def _ended(expected: WrittenEnd | None, outcome: Outcome) -> Iterator[Difference]:
    if expected is None:
        return
    record = outcome.record
    by = record.ended_by if record is not None else "system"
    cause = record.cause if record is not None else str(outcome.status)
    is_met = expected.by in (None, by) and expected.cause in (None, cause)
    if not is_met:
        wanted = [f"by {expected.by}"] if expected.by else []
        wanted += [expected.cause] if expected.cause else []
        yield Difference(key="ends", expected=", ".join(wanted), found=f"by {by}, {cause}")


def fits(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Whether a path is as expected: steps with or without their flow, `...` for any number of them."""
    if not expected:
        return not found
    first, rest = expected[0], expected[1:]
    if first == MORE:
        return any(fits(rest, found[i:]) for i in range(len(found) + 1))
    if not found or first not in (found[0], found[0].partition(".")[2]):
        return False
    return fits(rest, found[1:])


def _word(*, value: bool) -> str:
    return "true" if value else "false"


def _chain(steps: Sequence[str]) -> str:
    return " > ".join(steps) if steps else "no step"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) if names else NOBODY


def _quoted(said: Sequence[str]) -> str:
    return "; ".join(f'"{one}"' for one in said) if said else "nothing"
