"""A real database file per test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pbx.store.database import Database
from pbx.store.keys import StoreKeys
from tests.migrated import migrated


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/pbx.db"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await migrated(url)
    yield opened
    await opened.close()


@pytest.fixture
def keys(tmp_path: Path) -> StoreKeys:
    return StoreKeys.load_or_create(tmp_path / "keys")
