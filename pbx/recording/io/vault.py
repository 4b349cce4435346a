"""The vault process: the only holder of private recording keys and of the manifest signing key.

It gives a file key only after a line about it is on the disk: no audit, no key (E-07). Run as
`python -m pbx.recording.io.vault --socket PATH --keys DIR --audit FILE [--escrow age1...] [--wrapping FILE]`.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import structlog

from pbx.core.errors import CANNOT_START, ParseError, StorageError, TransportError
from pbx.core.io.channel import Channel, serve
from pbx.core.secret import Secret
from pbx.lifecycle import receipt
from pbx.recording.age import Recipient, bound_recording, parse_header, parse_recipient, unwrap_header
from pbx.recording.io.hardening import harden
from pbx.recording.io.key_provider import Providers, WrappingSettings, load_wrapping
from pbx.recording.io.vault_audit import CHECKPOINT, VaultAudit
from pbx.recording.io.vault_epochs import MAX_WORD, Epochs
from pbx.recording.io.vault_keys import KeyDirectory
from pbx.recording.log import HASH_BYTES, extends
from pbx.recording.signable import recording_of
from pbx.recording.signed_note import Checkpoint, origin_of, sign
from pbx.recording.vault_messages import (
    REPLIES,
    REQUESTS,
    AskCheckpoint,
    AskLogHead,
    AskPublicKey,
    AskReceipt,
    AskRecipients,
    AskSign,
    AskUnwrap,
    CheckpointSigned,
    KeyUnwrapped,
    LogHeadIs,
    PublicKeyIs,
    RecipientsAre,
    Refused,
    Signed,
    VaultReply,
    VaultRequest,
)

ROOT = 0  # becomes any user at will
_log = structlog.get_logger()


class Vault:
    """Answers requests one at a time; never raises, a refusal is an answer.

    `audit` is the file of a record, or one that the keys have written to. `escrow` is who can open every
    recording besides its tenant; its identity is kept offline.
    """

    def __init__(self, keys: KeyDirectory, audit: Path | VaultAudit, escrow: Recipient | None = None) -> None:
        self._keys = keys
        self._audit = VaultAudit(audit) if isinstance(audit, Path) else audit
        self._epochs = Epochs(keys, escrow, self._write, self._audit.open_lines)
        self._user = ""

    def settle(self) -> None:
        """Put on the record what became of a change of keys in which the vault was killed."""
        try:
            is_settled = self._epochs.settle()
        except OSError:
            is_settled = False
        if not is_settled:
            _log.error("the record of the keys cannot be brought up to date: no tenant can be rotated")

    def answer(self, request: VaultRequest, user: str = "") -> VaultReply:
        """Return the one reply to a request; `user` is who asks by the kernel's word, for the record."""
        self._user = user
        try:
            match request:
                case AskRecipients():
                    own = self._keys.identity(request.tenant).recipient
                    return RecipientsAre(recipients=tuple(map(str, self._epochs.recipients(own))))
                case AskUnwrap():
                    return self._unwrap(request)
                case AskSign():
                    return self._sign(request.manifest)
                case AskReceipt():
                    return self._sign_receipt(request.receipt)
                case AskPublicKey():
                    return PublicKeyIs(public_key=self._keys.public_key)
                case AskLogHead():
                    size, root = self._audit.head()
                    return LogHeadIs(size=size, root=root)
                case AskCheckpoint():
                    return self._checkpoint(request)
                case _:
                    return self._epochs.answer(request)
        except ParseError:
            return Refused(reason="bad_request")
        except OSError as error:
            _log.error("vault audit unavailable", error=error.strerror)
            return Refused(reason="audit_unavailable")
        except StorageError as error:
            _log.error("vault keys unavailable", error=str(error))
            return Refused(reason="keys_unavailable")

    def _sign(self, manifest: bytes) -> VaultReply:
        """Sign what parses as a manifest and nothing else, on the record."""
        recording = recording_of(manifest)
        self._note("manifest.signed", {"recording": recording, "sha256": sha256(manifest).hexdigest()})
        return Signed(signature=self._keys.sign(manifest))

    def _sign_receipt(self, octets: bytes) -> VaultReply:
        """Sign what parses as a receipt, on the record like a manifest."""
        said = {"recording": receipt.parse(octets)["recording"], "sha256": sha256(octets).hexdigest()}
        self._note("receipt.signed", said)
        return Signed(signature=self._keys.sign(octets))

    def _checkpoint(self, request: AskCheckpoint) -> VaultReply:
        """Sign the log as far as it has grown; one that was rewritten gets no signature (E-14)."""
        if len(request.root) != HASH_BYTES or any(len(node) != HASH_BYTES for node in request.path):
            return Refused(reason="bad_request")
        if not extends(self._audit.head(), (request.size, request.root), request.path):
            self._note("checkpoint.refused", {"size": request.size, "root": request.root.hex()})
            _log.error("the audit log does not continue what was signed", size=request.size)
            return Refused(reason="not_consistent")
        key = self._keys.public_key
        checkpoint = Checkpoint(origin=origin_of(key), size=request.size, root=request.root)
        self._note(CHECKPOINT, {"size": request.size, "root": request.root.hex()})
        return CheckpointSigned(note=sign(checkpoint, key, self._keys.sign))

    def _note(self, kind: str, details: Mapping[str, object]) -> None:
        self._audit.note({"kind": kind, **details, "user": self._user})

    def _unwrap(self, request: AskUnwrap) -> VaultReply:
        words = (request.recording, request.actor, request.purpose)
        if not all(0 < len(word) <= MAX_WORD for word in words) or len(request.tenant) > MAX_WORD:
            return Refused(reason="bad_request")
        reply = self._open(request)
        if not self._record(request, reply):
            return Refused(reason="audit_unavailable")
        return reply

    def _open(self, request: AskUnwrap) -> KeyUnwrapped | Refused:
        held = self._keys.identities(request.tenant)
        try:
            header = parse_header(request.header)
            opened = unwrap_header(header, [one.identity for one in held])
            bound_to = bound_recording(header)
        except ParseError:
            return Refused(reason="bad_header")
        if opened is None:
            return Refused(reason="not_a_recipient")
        if bound_to not in (None, request.recording):
            return Refused(reason="other_recording")
        file_key, identity = opened
        owner = next(one for one in held if one.identity is identity)
        return KeyUnwrapped(
            file_key=Secret(file_key.reveal().hex()),
            tenant=owner.tenant,
            epoch=owner.epoch,
            bound=bound_to is not None,
        )

    def _record(self, request: AskUnwrap, reply: KeyUnwrapped | Refused) -> bool:
        """Append one line and bring it to the disk; False when that failed."""
        line: dict[str, object] = {
            "kind": "recording.unwrap_refused",
            "recording": request.recording,
            "actor": request.actor,
            "purpose": request.purpose,
            "tenant": request.tenant,
            "reason": "",
        }
        if isinstance(reply, KeyUnwrapped):
            # Not bound: only the client says that this header is of this recording (journals of before).
            given = {"tenant": reply.tenant, "epoch": reply.epoch, "bound": reply.bound}
            line |= {"kind": "recording.unwrapped", **given}
        else:
            line["reason"] = reply.reason
        return self._write(line)

    def _write(self, line: Mapping[str, object]) -> bool:
        try:
            self._audit.note({**line, "user": self._user})
        except OSError as error:
            _log.error("vault audit unavailable", error=error.strerror)
            return False
        return True

    async def attend(self, channel: Channel[VaultRequest, VaultReply]) -> None:
        """Serve one client until it leaves or sends rubbish; only our own user and root are served."""
        peer = channel.peer
        if peer is None or peer.uid not in (os.getuid(), ROOT):
            _log.error("a stranger asks the vault", user=peer.name if peer is not None else "")
            return
        try:
            while (request := await channel.receive()) is not None:
                channel.send(self.answer(request, peer.name))
                await channel.drain()
        except ParseError as error:
            _log.warning("vault client sent rubbish", error=str(error))
        except (TransportError, ConnectionError):
            _log.warning("vault client went away")


def keys_are_lost(keys: Path, audit: Path) -> bool:
    """Whether there is a record of work but no key: new ones would open nothing and sign as somebody else."""
    return audit.is_file() and audit.stat().st_size > 0 and not any(keys.glob("signing.*"))


def _opened(arguments: argparse.Namespace) -> Vault:
    """Return the vault with its keys in memory; StorageError when they do not open, OSError of the record."""
    escrow = parse_recipient(arguments.escrow) if arguments.escrow else None
    audit = VaultAudit(arguments.audit)
    settings = load_wrapping(arguments.wrapping) if arguments.wrapping else WrappingSettings()
    keys = KeyDirectory(arguments.keys, Providers(settings).chosen(), audit.note)
    vault = Vault(keys, audit, escrow)
    vault.settle()
    return vault


async def _run(vault: Vault, socket: Path) -> None:
    server = await serve(socket, (REQUESTS, REPLIES), vault.attend)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _log.info("vault serves")
    await stop.wait()
    server.close()
    socket.unlink(missing_ok=True)


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description="Holder of the private recording keys")
    for name in ("--socket", "--keys", "--audit"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--wrapping", type=Path)
    parser.add_argument("--escrow", default="")
    arguments = parser.parse_args()
    os.umask(0o077)
    harden()
    if keys_are_lost(arguments.keys, arguments.audit):
        text = "the record names work with keys that are gone: mount or restore the keys, then start again"
        _log.error(text, keys=str(arguments.keys), record=str(arguments.audit))
        sys.exit(CANNOT_START)
    try:
        vault = _opened(arguments)
    except StorageError as error:
        _log.error(str(error))
        sys.exit(1 if error.retryable else CANNOT_START)
    except OSError as error:
        _log.error(f"the vault's record or its keys: {error}")
        sys.exit(1)
    asyncio.run(_run(vault, arguments.socket))


if __name__ == "__main__":
    main()
