"""Entries: digits that parties have typed unheard go to the receiver of their tenant, and are forgotten."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from pbx.call.effects import DeliverEntry
from pbx.call.events import EntryDelivered
from pbx.core.errors import TransportError

Receiver = Callable[[bytes], Awaitable[None]]  # TransportError when it did not say that it has the body
NOBODY = "no receiver is configured"
_log = logging.getLogger("pbx.entries")


class Entries:
    """One try each: whether a receiver has heard of a body that it did not answer is not known."""

    def __init__(self) -> None:
        self._receivers: Mapping[str, Receiver] = {}

    def swap(self, receivers: Mapping[str, Receiver]) -> None:
        """Use these from now on, by tenant."""
        self._receivers = receivers

    async def deliver(self, effect: DeliverEntry, tell: Callable[[EntryDelivered], None]) -> None:
        """Hand over one entry, and tell what came of it."""
        failed = await self._failure(effect)
        if failed:
            _log.warning("call=%s what was typed was not delivered: %s", effect.call, failed)
        tell(EntryDelivered(call=effect.call, token=effect.token, failed=failed))

    async def _failure(self, effect: DeliverEntry) -> str:
        receiver = self._receivers.get(effect.tenant)
        if receiver is None:
            return NOBODY
        body = {"call": effect.call, "tenant": effect.tenant, "asked_by": effect.actor}
        try:
            await receiver(json.dumps(body | {"digits": effect.digits.reveal()}).encode())
        except TransportError as error:
            return str(error)
        return ""
