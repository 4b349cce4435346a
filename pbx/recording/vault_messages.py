"""The words between the vault and its clients; keys travel as Secret hexadecimal text."""

from dataclasses import dataclass
from typing import Literal

from pbx.core.secret import Secret
from pbx.core.wire import Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRecipients:
    """Public keys to encrypt a tenant's recordings to; made at first use."""

    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskUnwrap:
    """Open one age header on the record; `tenant` empty = whichever tenant's identity fits."""

    recording: str
    header: bytes
    actor: str
    purpose: str
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSign:
    manifest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPublicKey:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLogHead:
    """Which checkpoint of the audit log was signed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCheckpoint:
    """Sign that the log has `size` entries; `path` proves that it begins with what was signed last."""

    size: int
    root: bytes
    path: tuple[bytes, ...]


VaultRequest = AskRecipients | AskUnwrap | AskSign | AskPublicKey | AskLogHead | AskCheckpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientsAre:
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnwrapped:
    """The 16-byte file key in hexadecimal; whose identity opened the header, and that identity's epoch."""

    file_key: Secret[str]
    tenant: str
    epoch: int = 1
    bound: bool = False  # the header itself names the recording, and it is the one that was asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeyIs:
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHeadIs:
    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointSigned:
    """A C2SP signed note."""

    note: bytes


RefusalReason = Literal[
    "audit_unavailable",
    "bad_request",
    "bad_header",
    "other_recording",  # the header is bound to another recording than the one that was asked for
    "not_a_recipient",
    "keys_unavailable",
    "not_consistent",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    reason: RefusalReason


VaultReply = RecipientsAre | KeyUnwrapped | Signed | PublicKeyIs | LogHeadIs | CheckpointSigned | Refused

REQUESTS: Codec[VaultRequest] = Codec(VaultRequest)
REPLIES: Codec[VaultReply] = Codec(VaultReply)
