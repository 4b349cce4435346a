"""One running PBX for all end-to-end tests that do not break it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.running import RunningPbx, free_port, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """The sample configuration."""
    async with running(tmp_path_factory.mktemp("pbx"), free_port()) as instance:
        yield instance
