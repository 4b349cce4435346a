"""One running PBX for all end-to-end tests that do not break it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.running import RunningPbx, running

PORT = 15060


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """The sample configuration on 127.0.0.1:15060."""
    async with running(tmp_path_factory.mktemp("pbx"), PORT) as instance:
        yield instance
