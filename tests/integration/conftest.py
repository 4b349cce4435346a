"""What most tests of the media worker begin with: the worker as a process, and two telephones."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.media_parties import Party, Signalling, serving, two_parties
from tests.integration.s3_servers import LockingServer
from tests.integration.wrapping import Hsm, Kms, kms_server, software_token


@pytest.fixture
async def pbx(tmp_path: Path) -> AsyncIterator[Signalling]:
    """Signalling, connected to a worker of its own."""
    async with serving(tmp_path) as signalling:
        yield signalling


@pytest.fixture
def parties() -> Iterator[tuple[Party, Party]]:
    """Two telephones that nobody has called yet."""
    with two_parties() as both:
        yield both


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hsm]:
    """A token; its module looks for the folder once, so there is one for all tests of a process."""
    with software_token(tmp_path_factory.mktemp("hsm")) as token:
        yield token


@pytest.fixture(scope="session")
def kms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kms]:
    """A KMS server."""
    with kms_server(tmp_path_factory.mktemp("kms")) as server:
        yield server


@pytest.fixture(scope="module")
def locking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LockingServer]:
    server = LockingServer(tmp_path_factory.mktemp("weed"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
