"""The vault process: the only holder of private recording keys and of the manifest signing key.

It gives a file key only after a line about it is on the disk: no audit, no key (E-07). Run as
`python -m pbx.recording.io.vault --socket PATH --keys DIR --audit FILE`.
"""

import argparse
import asyncio
import json
import os
import signal
from pathlib import Path
from typing import assert_never

import structlog

from pbx.core.errors import ParseError, StorageError, TransportError
from pbx.core.io.channel import Channel, serve
from pbx.core.io.clock import utc_now
from pbx.core.secret import Secret
from pbx.recording.age import parse_header, unwrap_header
from pbx.recording.io.hardening import harden
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.manifest import MAX_MANIFEST
from pbx.recording.vault_messages import (
    REPLIES,
    REQUESTS,
    AskPublicKey,
    AskRecipients,
    AskSign,
    AskUnwrap,
    KeyUnwrapped,
    PublicKeyIs,
    RecipientsAre,
    Refused,
    Signed,
    VaultReply,
    VaultRequest,
)

MAX_WORD = 128  # of recording, actor, purpose in an audit line
_log = structlog.get_logger()


class Vault:
    """Answers requests one at a time; never raises, a refusal is an answer."""

    def __init__(self, keys: KeyDirectory, audit: Path) -> None:
        self._keys = keys
        self._audit = audit

    def answer(self, request: VaultRequest) -> VaultReply:
        """Return the one reply to a request."""
        try:
            match request:
                case AskRecipients():
                    return RecipientsAre(recipients=(str(self._keys.identity(request.tenant).recipient),))
                case AskUnwrap():
                    return self._unwrap(request)
                case AskSign():
                    return self._sign(request.manifest)
                case AskPublicKey():
                    return PublicKeyIs(public_key=self._keys.public_key)
                case _:
                    assert_never(request)
        except ParseError:
            return Refused(reason="bad_request")
        except StorageError as error:
            _log.error("vault keys unavailable", error=str(error))
            return Refused(reason="keys_unavailable")

    def _sign(self, manifest: bytes) -> VaultReply:
        if len(manifest) > MAX_MANIFEST:
            return Refused(reason="bad_request")
        return Signed(signature=self._keys.sign(manifest))

    def _unwrap(self, request: AskUnwrap) -> VaultReply:
        words = (request.recording, request.actor, request.purpose)
        if not all(0 < len(word) <= MAX_WORD for word in words) or len(request.tenant) > MAX_WORD:
            return Refused(reason="bad_request")
        reply = self._open(request)
        if not self._record(request, reply):
            return Refused(reason="audit_unavailable")
        return reply

    def _open(self, request: AskUnwrap) -> KeyUnwrapped | Refused:
        by_name = self._keys.identities(request.tenant)
        try:
            opened = unwrap_header(parse_header(request.header), list(by_name.values()))
        except ParseError:
            return Refused(reason="bad_header")
        if opened is None:
            return Refused(reason="not_a_recipient")
        file_key, identity = opened
        tenant = next(name for name, key in by_name.items() if key is identity)
        return KeyUnwrapped(file_key=Secret(file_key.reveal().hex()), tenant=tenant)

    def _record(self, request: AskUnwrap, reply: KeyUnwrapped | Refused) -> bool:
        """Append one line and bring it to the disk; False when that failed."""
        given = isinstance(reply, KeyUnwrapped)
        line = {
            "at": utc_now().isoformat(),
            "kind": "recording.unwrapped" if given else "recording.unwrap_refused",
            "recording": request.recording,
            "actor": request.actor,
            "purpose": request.purpose,
            "tenant": reply.tenant if isinstance(reply, KeyUnwrapped) else request.tenant,
            "reason": "" if isinstance(reply, KeyUnwrapped) else reply.reason,
        }
        try:
            _append(self._audit, json.dumps(line, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            _log.error("vault audit unavailable", error=error.strerror)
            return False
        return True

    async def attend(self, channel: Channel[VaultRequest, VaultReply]) -> None:
        """Serve one client until it leaves or sends rubbish."""
        try:
            while (request := await channel.receive()) is not None:
                channel.send(self.answer(request))
                await channel.drain()
        except ParseError as error:
            _log.warning("vault client sent rubbish", error=str(error))
        except (TransportError, ConnectionError):
            _log.warning("vault client went away")


def _append(path: Path, line: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        if os.write(fd, line) != len(line):
            raise OSError(0, "a short write")
        os.fsync(fd)
    finally:
        os.close(fd)


async def _run(arguments: argparse.Namespace) -> None:
    vault = Vault(KeyDirectory(arguments.keys), arguments.audit)
    server = await serve(arguments.socket, (REQUESTS, REPLIES), vault.attend)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _log.info("vault serves")
    await stop.wait()
    server.close()
    arguments.socket.unlink(missing_ok=True)


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description="Holder of the private recording keys")
    for name in ("--socket", "--keys", "--audit"):
        parser.add_argument(name, type=Path, required=True)
    arguments = parser.parse_args()
    os.umask(0o077)
    harden()
    asyncio.run(_run(arguments))


if __name__ == "__main__":
    main()
