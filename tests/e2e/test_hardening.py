"""The processes of a PBX that know keys, or hear what is said, leave no core."""

import resource

import pytest

from tests.e2e import fault_helpers as helpers
from tests.e2e.running import RunningPbx


@pytest.mark.requirement("E-01")
@pytest.mark.parametrize("name", ["vault", "media-0", "finaliser", "signalling"])
async def test_every_process_with_keys_is_hardened(pbx: RunningPbx, name: str) -> None:
    pid = int(pbx.places.pid(name).read_text())

    async def is_hardened() -> bool:
        return resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)

    await helpers.until(is_hardened, f"{name} leaves cores")  # the finaliser may still be on its way
