"""What a finaliser does for the audit log: has it signed, and carries the signed notes out of the machine."""

import asyncio

from pbx.core.io.entropy import SystemIds
from pbx.recording.io import log_keeper, outside_checkpoints
from pbx.recording.io.finaliser_config import FinaliserConfig, open_store, place_of
from pbx.recording.io.log_keeper import Log, LogKeeper
from pbx.recording.io.outside_checkpoints import Copies, OutsideCheckpoints
from pbx.recording.io.vault_client import VaultClient


async def run(log: Log, copies: Copies, config: FinaliserConfig, stop: asyncio.Event) -> None:
    """Work until `stop` is set; a store that does not answer keeps no signature back."""
    async with asyncio.TaskGroup() as group:
        group.create_task(log_keeper.run(LogKeeper.over(log, VaultClient(config.vault)), stop))
        if config.checkpoints is not None:
            outside = OutsideCheckpoints.over(
                copies,
                open_store(config.checkpoints),
                place_of(config.checkpoints),
                ids=SystemIds(),
                lock=config.lock,
            )
            group.create_task(outside_checkpoints.run(outside, stop))
