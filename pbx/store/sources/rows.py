"""Rows of a database of the tenant: one SELECT with bound parameters, in a transaction that reads."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from pbx.core.errors import StorageError

# What a statement that writes is refused by, whatever the rights of the user are.
_READS = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}


class Rows:
    """Asks one database; nothing is committed."""

    def __init__(self, url: str) -> None:
        """`url` is SQLAlchemy's, with an asynchronous driver that is installed; its text is secret."""
        self._engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=True)

    async def one(self, select: str, values: Mapping[str, str]) -> Mapping[str, object] | None:
        """Return the only row, None = there is none; StorageError for more, or when it cannot be said."""
        try:
            async with self._engine.connect() as connection:
                if (reads := _READS.get(self._engine.dialect.name)) is not None:
                    await connection.execute(text(reads))
                answer = await connection.execute(text(select), dict(values))
                rows = answer.mappings().fetchmany(2)
                await connection.rollback()
        except (SQLAlchemyError, OSError) as error:
            raise StorageError(type(error).__name__, retryable=True) from None
        if len(rows) > 1:
            raise StorageError("more than one row", retryable=False)
        return {str(key): rows[0][key] for key in rows[0]} if rows else None

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
