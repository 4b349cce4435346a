"""Customers in a database of the tenant: one SELECT with `:number`."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from pbx.store.sources.source import MAX_ROWS, SourceAway, people_of
from pbx.verify.people import Person

POOL = 4  # connections; an answer takes milliseconds


class SqlSource:
    """Asks by a statement whose columns are named like those of a customer file; nothing is committed."""

    def __init__(self, name: str, region: str, url: str, query: str) -> None:
        """`url` is SQLAlchemy's, with an asynchronous driver that is installed; its text is secret."""
        self._name, self._region, self._query = name, region, text(query)
        self._engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=True)

    @property
    def name(self) -> str:
        return self._name

    async def by_number(self, e164: str) -> list[Person]:
        """Return who has this number; SourceAway when the database refuses, or names too many."""
        try:
            async with self._engine.connect() as connection:
                answer = await connection.execute(self._query, {"number": e164})
                rows = answer.mappings().fetchmany(MAX_ROWS + 1)
                await connection.rollback()
        except (SQLAlchemyError, OSError) as error:
            raise SourceAway(f"{self._name}: {type(error).__name__}") from None
        if len(rows) > MAX_ROWS:
            raise SourceAway(f"{self._name}: more than {MAX_ROWS} rows for one number")
        return people_of(
            self._name, [{str(key): one[key] for key in one} for one in rows], self._region, e164
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
