"""Delivers the status of recordings and grants to the receiver of the webhook, at least once each (REC-09).

What has to be told lies in the database since the transaction of the fact. One report after the other is
posted in a task of its own in the finaliser: neither a call nor a recording waits for it. While the receiver
is away one report at a time asks for it, and that is one that has failed least, so that a report which a
receiver does not understand never stops the others.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import structlog

from pbx.core.address import is_public, literal
from pbx.core.errors import ParseError, StorageError, TransportError
from pbx.core.ids import Ids
from pbx.core.io.alarms import Settle
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.io.webhook_post import WebhookPost
from pbx.recording.breaker import Breaker
from pbx.recording.finalise import backoff_s
from pbx.recording.io.finaliser_config import WebhookTarget
from pbx.recording.status_report import OF_GRANTS
from pbx.recording.webhook_signature import read_secrets, signed_headers
from pbx.recording.webhook_url import parse_webhook_url
from pbx.store.database import Database
from pbx.store.webhook_outbox import MAX_WAITING, Backlog, Waiting, WebhookOutbox

POLL_S = 1.0
BATCH = 50
FORGET_S = 30.0  # how often the outbox is emptied where there is no webhook
MANY, OLD = 1_000, timedelta(minutes=5)  # reports that wait, and for how long: an alarm
ALARM = "webhook"
MAX_SECRET = 1024  # octets of its file
_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Webhook:
    """One receiver; what has not been taken for `max_age` is dropped, which the audit log says."""

    outbox: WebhookOutbox
    post: WebhookPost
    secret_file: Path
    max_age: timedelta
    settle: Settle
    ids: Ids
    tells_of_grants: bool = False
    _breaker: Breaker = field(init=False)
    _reason: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._breaker = Breaker(self.ids)

    @classmethod
    def to(cls, target: WebhookTarget, database: Database, settle: Settle) -> "Webhook":
        """The one of a process in service."""
        url, networks = parse_webhook_url(target.url), tuple(map(ip_network, target.allow))

        def is_allowed(host: str) -> bool:
            address = literal(host)
            return is_public(host) or any(address in one for one in networks if address is not None)

        return cls(
            outbox=WebhookOutbox(database),
            post=WebhookPost(url, is_allowed),
            secret_file=target.secret_file,
            max_age=timedelta(seconds=target.max_age_s),
            settle=settle,
            ids=SystemIds(),
            tells_of_grants=target.grants,
        )

    async def tick(self, now: float, at: datetime) -> int:
        """Deliver what is due at monotonic `now`, which is `at`; return how many were taken."""
        n_taken = 0
        try:
            backlog = await self.outbox.backlog()
            if backlog.number and not self.tells_of_grants:
                await self.outbox.leave_out(OF_GRANTS)  # also while the receiver is away
                backlog = await self.outbox.backlog()
            if backlog.number and not self._breaker.is_open(now):
                n_taken = await self._deliver(now, at)
                backlog = await self._bounded(await self.outbox.backlog(), at)
            self._judge(backlog, at)
        except StorageError as error:
            _log.warning("the webhook waits for the database", reason=str(error))
        except Exception:  # our own bug: recordings are still finalised
            _log.exception("the webhook does not go on")
        return n_taken

    async def _deliver(self, now: float, at: datetime) -> int:
        n_taken = 0
        for one in await self.outbox.due(at, BATCH):
            try:
                await self._tell(one, at)
            except (TransportError, ParseError, OSError) as error:
                await self._failed(one, str(error), now, at)
                return n_taken
            await self.outbox.delivered(one)
            n_taken, self._reason = n_taken + 1, ""
            if self._breaker.succeeded():
                _log.info("the webhook is taken again")
                await self.outbox.hurry()
        return n_taken

    async def _failed(self, one: Waiting, reason: str, now: float, at: datetime) -> None:
        self._reason = reason
        delay_s = self._breaker.failed(now)
        _log.warning("the webhook is not taken", reason=reason, delay_s=round(delay_s, 1))
        await self.outbox.failed(one, at + timedelta(seconds=backoff_s(self.ids, one.tries)))

    async def _bounded(self, backlog: Backlog, at: datetime) -> Backlog:
        """What is too old or too much is dropped only after it was tried."""
        oldest = at - self.max_age
        if backlog.oldest_at is None or (backlog.oldest_at >= oldest and backlog.number <= MAX_WAITING):
            return backlog
        _log.error("reports to the webhook are dropped", number=await self.outbox.trim(oldest, at))
        return await self.outbox.backlog()

    async def _tell(self, one: Waiting, at: datetime) -> None:
        headers = signed_headers(await asyncio.to_thread(self._secrets), one.report, one.body, at)
        await self.post.post(headers, one.body, one.tries)

    def _secrets(self) -> Sequence[Secret[bytes]]:
        """Read for each report, so that a change of the secret needs no restart."""
        with self.secret_file.open() as file:
            return read_secrets(file.read(MAX_SECRET))

    def _judge(self, backlog: Backlog, at: datetime) -> None:
        waits = backlog.oldest_at is not None and at - backlog.oldest_at > OLD
        text = ""
        if waits or backlog.number > MANY:
            since = f"{backlog.oldest_at:%Y-%m-%d %H:%M} UTC" if backlog.oldest_at else ""
            text = f"{backlog.number} reports wait, the oldest of {since}: {self._reason or 'too slow'}"
        self.settle(ALARM, text)


async def run(webhook: Webhook | None, database: Database, settle: Settle, stop: asyncio.Event) -> None:
    """Deliver until `stop` is set: a try that runs then is given up, and made again after the next start.

    Without a webhook, forget what nobody wants to hear.
    """
    stopped = asyncio.create_task(stop.wait())
    while not stop.is_set():
        turn = _forget(database, settle) if webhook is None else webhook.tick(monotonic(), utc_now())
        work = asyncio.create_task(_performed(turn))
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
        await asyncio.wait({stopped}, timeout=FORGET_S if webhook is None else POLL_S)


async def _performed(turn: Awaitable[object]) -> None:
    await turn


async def _forget(database: Database, settle: Settle) -> None:
    settle(ALARM, "")
    try:
        await WebhookOutbox(database).clear()
    except StorageError as error:
        _log.warning("the outbox of the webhook is not emptied", reason=str(error))
