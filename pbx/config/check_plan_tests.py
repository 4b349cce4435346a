"""Holds the tests of a tenant against his plan: every name in them exists."""

from collections.abc import Collection, Iterable, Iterator

from pbx.config.marks import Path
from pbx.config.plan_tests import MORE, WITHHELD, PlanTest, PlanTestSource
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.numbers import full_number

NOBODY = "nobody"


def doubtful_tests(sources: Iterable[TenantSource]) -> list[ConfigError]:
    """Return warnings of what tests name and the plans do not have: a stale test stops no start."""
    return [
        error
        for source in sources
        for file in source.tests
        for test in file.tests
        for error in _Check(source, file, test)
    ]


class _Check:
    """Of one test."""

    __slots__ = ("_country", "_extensions", "_file", "_source", "_test", "_trunks")

    def __init__(self, source: TenantSource, file: PlanTestSource, test: PlanTest) -> None:
        self._source, self._file, self._test = source, file, test
        self._country = source.settings.model.country if source.settings else ""
        self._extensions = source.extensions.model.extensions if source.extensions else {}
        self._trunks = source.trunks.model.trunks if source.trunks else {}

    def __iter__(self) -> Iterator[ConfigError]:
        written = self._test.written
        yield from self._caller()
        if written.via is not None and written.via not in self._trunks:
            yield self._error(("via",), f"there is no trunk {written.via}", self._trunks)
        parties = (*self._extensions, *self._trunks)
        for party in written.phones:
            if party not in parties:
                yield self._error(("phones", party), f"there is no extension or trunk {party}", parties)
        expected = written.expect
        for i, party in enumerate(expected.rings or ()):
            if party not in parties:
                yield self._error(("expect", "rings", i), f"there is no extension or trunk {party}", parties)
        if expected.answered_by is not None and expected.answered_by not in (*parties, NOBODY):
            said = f"there is no extension or trunk {expected.answered_by}"
            yield self._error(("expect", "answered_by"), said, (*parties, NOBODY))
        steps = {f"{flow.plan.name}.{step}" for flow in self._source.flows for step in flow.plan.steps}
        known = steps | {one.partition(".")[2] for one in steps} | {MORE}
        for i, step in enumerate(expected.path or ()):
            if step not in known:
                yield self._error(("expect", "path", i), f"no flow has a step {step}", known)

    def _caller(self) -> Iterator[ConfigError]:
        caller = self._test.written.caller
        if caller == WITHHELD or caller in self._extensions:
            if caller == WITHHELD and not self._trunks:
                yield self._error(("from",), "there is no trunk that a call could come from", ())
            return
        if full_number(caller, self._country) is None:
            known = (*self._extensions, WITHHELD)
            yield self._error(("from",), "neither an extension nor a full number of the network", known)
        elif not self._trunks:
            yield self._error(("from",), "there is no trunk that a call could come from", ())

    def _error(self, path: Path, message: str, known: Collection[str]) -> ConfigError:
        word = message.rpartition(" ")[2]
        return self._file.document.error(
            ("tests", self._test.name, *path), message, did_you_mean(word, known)
        )
