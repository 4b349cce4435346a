"""The vault as its clients see it: one connection, one question at a time, reconnecting."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pbx.core.errors import ParseError, TransportError
from pbx.core.io.channel import Channel, connect
from pbx.core.secret import Secret
from pbx.recording.vault_messages import (
    REPLIES,
    REQUESTS,
    AskCheckpoint,
    AskDestroyEpochs,
    AskEpochs,
    AskLocate,
    AskLogHead,
    AskNewEpoch,
    AskPublicKey,
    AskReceipt,
    AskRecipients,
    AskRewrap,
    AskSign,
    AskUnwrap,
    CheckpointSigned,
    EpochsAre,
    KeyUnwrapped,
    LocatedAt,
    LogHeadIs,
    PublicKeyIs,
    RecipientsAre,
    Refused,
    Rewrapped,
    Signed,
    VaultReply,
    VaultRequest,
)

ANSWER_TIMEOUT_S = 5.0  # two fsyncs on a busy disk


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKey:
    """A recording's file key, the tenant that it belongs to, the epoch of the identity that opened it."""

    key: Secret[bytes]
    tenant: str
    epoch: int = 1


class VaultClient:
    """Asks the vault; TransportError when it is down or slow, `Refused` is an answer."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._channel: Channel[VaultReply, VaultRequest] | None = None
        self._turn = asyncio.Lock()

    async def recipients(self, tenant: str) -> tuple[str, ...] | Refused:
        """Return the age recipients (age1...) to encrypt this tenant's recordings to."""
        reply = await self._ask(AskRecipients(tenant=tenant))
        return reply.recipients if isinstance(reply, RecipientsAre) else _refusal(reply)

    async def unwrap(self, request: AskUnwrap) -> FileKey | Refused:
        """Return the file key of one header; the vault has put it on the record by then."""
        reply = await self._ask(request)
        if not isinstance(reply, KeyUnwrapped):
            return _refusal(reply)
        key = Secret(bytes.fromhex(reply.file_key.reveal()))
        return FileKey(key=key, tenant=reply.tenant, epoch=reply.epoch)

    async def sign(self, manifest: bytes) -> bytes | Refused:
        """Return the Ed25519 signature over a manifest."""
        reply = await self._ask(AskSign(manifest=manifest))
        return reply.signature if isinstance(reply, Signed) else _refusal(reply)

    async def sign_receipt(self, receipt: bytes) -> bytes | Refused:
        """Return the Ed25519 signature over the receipt of an erasure."""
        reply = await self._ask(AskReceipt(receipt=receipt))
        return reply.signature if isinstance(reply, Signed) else _refusal(reply)

    async def public_key(self) -> bytes | Refused:
        """Return the raw Ed25519 public key of the signatures."""
        reply = await self._ask(AskPublicKey())
        return reply.public_key if isinstance(reply, PublicKeyIs) else _refusal(reply)

    async def log_head(self) -> tuple[int, bytes] | Refused:
        """Return size and root of the last checkpoint that the vault has signed."""
        reply = await self._ask(AskLogHead())
        return (reply.size, reply.root) if isinstance(reply, LogHeadIs) else _refusal(reply)

    async def checkpoint(self, request: AskCheckpoint) -> bytes | Refused:
        """Return the signed note of a log that continues what was signed last."""
        reply = await self._ask(request)
        return reply.note if isinstance(reply, CheckpointSigned) else _refusal(reply)

    async def epochs(self, request: AskEpochs | AskNewEpoch | AskDestroyEpochs) -> EpochsAre | Refused:
        """Return the tenant's epochs, newest first; of destroyed ones, which were destroyed."""
        reply = await self._ask(request)
        return reply if isinstance(reply, EpochsAre) else _refusal(reply)

    async def rewrap(self, request: AskRewrap) -> Rewrapped | Refused:
        """Return new headers for the tenant's newest epoch."""
        reply = await self._ask(request)
        return reply if isinstance(reply, Rewrapped) else _refusal(reply)

    async def locate(self, request: AskLocate) -> tuple[int, ...] | Refused:
        """Return the epoch that opens each header, 0 = none of this tenant."""
        reply = await self._ask(request)
        return reply.epochs if isinstance(reply, LocatedAt) else _refusal(reply)

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    async def _ask(self, request: VaultRequest) -> VaultReply:
        async with self._turn:
            try:
                return await asyncio.wait_for(self._exchange(request), ANSWER_TIMEOUT_S)
            except (TimeoutError, ParseError, ConnectionError, TransportError):
                raise TransportError("the vault does not answer") from None

    async def _exchange(self, request: VaultRequest) -> VaultReply:
        """One question and its answer; a connection that failed midway is never used again."""
        channel = self._channel or await connect(self._socket, REPLIES, REQUESTS)
        self._channel = None
        try:
            channel.send(request)
            await channel.drain()
            reply = await channel.receive()
        except BaseException:
            channel.close()
            raise
        if reply is None:
            channel.close()
            raise TransportError("the vault closed the connection")
        self._channel = channel
        return reply


def _refusal(reply: VaultReply) -> Refused:
    if isinstance(reply, Refused):
        return reply
    raise TransportError("the vault answered another question")
