"""Holds the tests of a tenant against his plan: every name in them exists."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pbx.config.marks import Path
from pbx.config.plan_tests import MORE, WITHHELD, PlanTest
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.numbers import full_number
from pbx.ivr.program_steps import ProgramStep

NOBODY = "nobody"
MAX_HINTS = 20  # of one tenant: after a renaming every test may be stale, and each name is sought among all
_Doubt = tuple[Path, str, Collection[str]]  # where in the test, what is wrong, and which names there are


def doubtful_tests(sources: Iterable[TenantSource]) -> list[ConfigError]:
    """Return warnings of what tests name and the plans do not have: a stale test stops no start."""
    return [error for source in sources for error in _doubtful(source)]


def _doubtful(source: TenantSource) -> Iterator[ConfigError]:
    if not source.tests:
        return
    known = _Known.of(source)
    doubts = (
        (file, ("tests", test.name, *path), message, names)
        for file in source.tests
        for test in file.tests
        for path, message, names in _Check(known, test)
    )
    for i, (file, path, message, names) in enumerate(doubts):
        word = message.rpartition(" ")[2]
        hint = did_you_mean(word, names) if i < MAX_HINTS else ""
        yield file.document.error(path, message, hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a plan has names for; made once, since a plan may have as many tests as telephones."""

    country: str
    extensions: frozenset[str]
    trunks: frozenset[str]
    parties: frozenset[str]
    steps: frozenset[str]
    programs: Mapping[str, ProgramStep]

    @classmethod
    def of(cls, source: TenantSource) -> "_Known":
        extensions = frozenset(source.extensions.model.extensions if source.extensions else ())
        trunks = frozenset(source.trunks.model.trunks if source.trunks else ())
        steps = {f"{flow.plan.name}.{step}" for flow in source.flows for step in flow.plan.steps}
        return cls(
            country=source.settings.model.country if source.settings else "",
            extensions=extensions,
            trunks=trunks,
            parties=extensions | trunks,
            programs=_programs(source),
            steps=frozenset(steps | {one.partition(".")[2] for one in steps} | {MORE}),
        )


def _programs(source: TenantSource) -> dict[str, ProgramStep]:
    """The steps that ask programs, by their whole names and by those within their flows."""
    found = {
        f"{flow.plan.name}.{name}": step
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, ProgramStep)
    }
    return found | {name.partition(".")[2]: step for name, step in found.items()}


class _Check:
    """Of one test."""

    __slots__ = ("_known", "_test")

    def __init__(self, known: _Known, test: PlanTest) -> None:
        self._known, self._test = known, test

    def __iter__(self) -> Iterator[_Doubt]:
        written = self._test.written
        yield from self._caller()
        trunks, parties = self._known.trunks, self._known.parties
        if written.via is not None and written.via not in trunks:
            yield (("via",), f"there is no trunk {written.via}", trunks)
        for party in written.phones:
            if party not in parties:
                yield (("phones", party), f"there is no extension or trunk {party}", parties)
        yield from self._answers()
        expected = written.expect
        for i, party in enumerate(expected.rings or ()):
            if party not in parties:
                yield (("expect", "rings", i), f"there is no extension or trunk {party}", parties)
        if expected.answered_by not in (None, NOBODY) and expected.answered_by not in parties:
            said = f"there is no extension or trunk {expected.answered_by}"
            yield (("expect", "answered_by"), said, (*parties, NOBODY))
        for i, step in enumerate(expected.path or ()):
            if step not in self._known.steps:
                yield (("expect", "path", i), f"no flow has a step {step}", self._known.steps)

    def _answers(self) -> Iterator[_Doubt]:
        for name, written in self._test.written.answers.items():
            step = self._known.programs.get(name)
            if step is None:
                yield (("answers", name), f"no program is asked by a step {name}", self._known.programs)
                continue
            if written.outcome is not None and written.outcome not in step.ways:
                yield (("answers", name), f"{name} has no way {written.outcome}", step.ways)
            for given in written.gives:
                if given not in step.open_names:
                    yield (("answers", name), f"{name} takes no {given}", step.open_names)

    def _caller(self) -> Iterator[_Doubt]:
        caller = self._test.written.caller
        if caller == WITHHELD or caller in self._known.extensions:
            if caller == WITHHELD and not self._known.trunks:
                yield (("from",), "there is no trunk that a call could come from", ())
            return
        if full_number(caller, self._known.country) is None:
            known = (*self._known.extensions, WITHHELD)
            yield (("from",), "neither an extension nor a full number of the network", known)
        elif not self._known.trunks:
            yield (("from",), "there is no trunk that a call could come from", ())
