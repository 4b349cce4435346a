"""What most tests of the media worker begin with: the worker as a process, and two telephones."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.media_parties import Party, Signalling, serving, two_parties


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
