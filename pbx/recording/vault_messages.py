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
class AskReceipt:
    """Sign that a recording is erased."""

    receipt: bytes


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


MAX_KEYS = 256  # of one request: 100 kB, and the vault answers others again after a quarter of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEpochs:
    """Which identities a tenant has; makes none."""

    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNewEpoch:
    """Make the identity that gets the tenant's recordings from now on."""

    tenant: str
    actor: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A stored header and the recording it is of; the object's name proves that when the header does not."""

    recording: str
    header: bytes
    object_key: str = ""  # of a journal there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRewrap:
    """Wrap the file keys of at most `MAX_KEYS` headers for the tenant's newest identity."""

    tenant: str
    actor: str
    keys: tuple[WrappedKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLocate:
    """Which of the tenant's epochs opens each of at most `MAX_KEYS` headers."""

    tenant: str
    headers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDestroyEpochs:
    """Destroy all of a tenant's identities but the newest: what is still wrapped for them is gone."""

    tenant: str
    actor: str
    purpose: str


KeyRequest = AskEpochs | AskNewEpoch | AskRewrap | AskLocate | AskDestroyEpochs
LogRequest = AskLogHead | AskCheckpoint
VaultRequest = AskRecipients | AskUnwrap | AskSign | AskReceipt | AskPublicKey | LogRequest | KeyRequest


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochsAre:
    """A tenant's epochs, newest first; `since_ns` is the wall clock when the newest was made."""

    epochs: tuple[int, ...]
    since_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapped:
    """New headers in the order of the old, empty for one that was refused; all of one epoch."""

    headers: tuple[bytes, ...]
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedAt:
    """The epoch that opens each header, 0 = none of this tenant."""

    epochs: tuple[int, ...]


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


KeyReply = EpochsAre | Rewrapped | LocatedAt | Refused
LogReply = LogHeadIs | CheckpointSigned
VaultReply = RecipientsAre | KeyUnwrapped | Signed | PublicKeyIs | LogReply | KeyReply

REQUESTS: Codec[VaultRequest] = Codec(VaultRequest)
REPLIES: Codec[VaultReply] = Codec(VaultReply)
