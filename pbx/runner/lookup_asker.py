"""Asks databases of a tenant for flows: one row, or none."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.call.effects import ConsultProgram
from pbx.core.errors import StorageError
from pbx.ivr.lookup import NOT_FOUND, LookUp
from pbx.ivr.program_steps import ProgramAnswer
from pbx.runner.kept_answers import KeptAnswers, key_of
from pbx.store.sources.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A statement, where it is asked, which columns may leave, and how long it may take."""

    rows: Rows
    select: str
    columns: frozenset[str]
    timeout_s: float


@dataclass(slots=True)
class LookupAsker:
    """Of one tenant; `queries` by name."""

    queries: Mapping[str, Query]
    _kept: KeptAnswers = field(default_factory=KeptAnswers)

    async def ask(self, asked: ConsultProgram) -> ProgramAnswer:
        """Return what a database says; StorageError or TimeoutError when it says nothing."""
        step = asked.of
        assert isinstance(step, LookUp), "the desk goes by the kind of a step"
        query = self.queries.get(step.query)
        if query is None:
            raise StorageError(f"there is no query {step.query} any more", retryable=False)
        values = {
            parameter: asked.values[name].reveal() if name in asked.values else ""
            for parameter, name in step.given.items()
        }
        key = key_of(step.query, values, dict(step.take))
        if step.keep_s and (known := self._kept.known(key)) is not None:
            return known
        async with asyncio.timeout(query.timeout_s):
            row = await query.rows.one(query.select, values)
        answer = ProgramAnswer(outcome=NOT_FOUND) if row is None else step.read(_allowed(row, query.columns))
        self._kept.keep(key, answer, step.keep_s)
        return answer

    async def close(self) -> None:
        """Close all connections; queries share them."""
        for rows in {id(one.rows): one.rows for one in self.queries.values()}.values():
            await rows.close()


def _allowed(row: Mapping[str, object], columns: frozenset[str]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name in columns}
