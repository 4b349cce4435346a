"""Who may open recordings: public keys that the vault gives."""

import asyncio
import logging

from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.errors import TransportError
from pbx.core.io.clock import monotonic
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import Refused

VAULT_START_S = 20.0  # less than the supervisor waits for us, so that the reason is ours
VAULT_RETRY_S = 0.02
_log = logging.getLogger("pbx.app")


async def ask_recipients(config: Configuration, places: Places) -> dict[str, tuple[str, ...]]:
    """The public recording keys of each tenant; the private halves never leave the vault."""
    client = VaultClient(places.vault_socket)
    try:
        await _wait_for(client)
        answers = {name: await client.recipients(name) for name in config.tenants}
    finally:
        client.close()
    refused = [name for name, answer in answers.items() if isinstance(answer, Refused)]
    if refused:
        _log.error("the vault gives no recording key for %s: nothing is recorded", ", ".join(refused))
    return {name: () if isinstance(answer, Refused) else answer for name, answer in answers.items()}


async def _wait_for(vault: VaultClient) -> None:
    """The vault starts at the same time as we do; TransportError when it does not come."""
    due = monotonic() + VAULT_START_S
    while True:
        try:
            await vault.public_key()
            return
        except TransportError:
            if monotonic() >= due:
                raise
            await asyncio.sleep(VAULT_RETRY_S)
