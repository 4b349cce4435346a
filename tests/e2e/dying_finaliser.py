"""Finalisers that kill themselves at named points, one after the other; started by test_faults.

Each point is a process of its own, which works through the spool until it comes to its point, and there sends
itself a real SIGKILL. Exits with 0 when every one of them died so.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from pbx.core.io.clock import monotonic
from pbx.core.io.entropy import SystemIds
from pbx.recording.io.finaliser import Finaliser
from pbx.recording.io.finaliser_config import FinaliserConfig, load, open_store
from pbx.recording.io.vault_client import VaultClient
from pbx.store.database import Database
from pbx.store.recordings import SqlRecordingLedger

LIFE_S = 10.0
SCAN_EVERY_S = 0.02


async def live(config: FinaliserConfig, point: str) -> None:
    """Finalise until `point`; TimeoutError when it never comes."""

    def fault(name: str) -> None:
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    finaliser = Finaliser(
        config.spool,
        VaultClient(config.vault),
        open_store(config.store),
        SqlRecordingLedger(Database(config.database)),
        ids=SystemIds(),
        fault=fault,
    )
    async with asyncio.timeout(LIFE_S):
        while True:
            await finaliser.scan(monotonic())
            await asyncio.sleep(SCAN_EVERY_S)


def die_at(config: FinaliserConfig, point: str) -> bool:
    """Fork, so that a life does not cost the imports; return whether it ended by kill -9."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(live(config, point))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("points", nargs="+")
    arguments = parser.parse_args()
    config = load(arguments.config)
    for point in arguments.points:
        if not die_at(config, point):
            print(f"no finaliser came to {point}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
