"""The vault's answers about a tenant's epochs: a new one, headers re-wrapped for it, old ones destroyed.

Re-wrapping gives no file key out, so a batch is one line in the audit, before the answer: no audit, no
answer. What changes the keys has two lines: what is wanted, before, and what came of it, after. Between them
the vault may be killed: `settle` looks at the keys and writes the second line.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from pbx.core.errors import ParseError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import Recipient, bound_recording, build_header, parse_header, unwrap_header
from pbx.recording.io.vault_audit import ABANDONED, BEGUN, DESTROYED, DOOMED, WANTED
from pbx.recording.io.vault_keys import KeyDirectory, TenantIdentity
from pbx.recording.object_name import object_key
from pbx.recording.vault_messages import (
    MAX_KEYS,
    AskDestroyEpochs,
    AskEpochs,
    AskLocate,
    AskNewEpoch,
    AskRewrap,
    EpochsAre,
    KeyReply,
    KeyRequest,
    LocatedAt,
    Refused,
    Rewrapped,
    WrappedKey,
)

MAX_WORD = 128  # of actor and purpose in an audit line
Line = Mapping[str, Any]
Record = Callable[[Line], bool]


class Epochs:
    """Answers key requests; ParseError for a tenant that cannot have a key, StorageError from the directory.

    `record` brings one line to the audit, False = it could not. `open_lines` are those there of what was
    wanted and has no end, by tenant.
    """

    def __init__(
        self,
        keys: KeyDirectory,
        escrow: Recipient | None,
        record: Record,
        open_lines: Callable[[], Mapping[str, Line]],
    ) -> None:
        self._keys = keys
        self._escrow = escrow
        self._record = record
        self._open_lines = open_lines

    def settle(self) -> bool:
        """Put on the record what became of what was wanted last; False when that cannot be written."""
        return all(self._settle(tenant, line) for tenant, line in list(self._open_lines().items()))

    def _settle(self, tenant: str, wanted: Line) -> bool:
        held = {one.epoch for one in self._keys.identities(tenant)}
        words = {name: wanted.get(name, "") for name in ("tenant", "actor", "purpose")}
        if wanted["kind"] == WANTED:
            epoch = wanted.get("epoch")
            return self._record({"kind": BEGUN if epoch in held else ABANDONED, **words, "epoch": epoch})
        gone = [epoch for epoch in wanted.get("epochs", []) if epoch not in held]
        return self._record({"kind": DESTROYED if gone else ABANDONED, **words, "epochs": gone})

    def answer(self, request: KeyRequest) -> KeyReply:
        if not self.settle():
            return Refused(reason="audit_unavailable")
        match request:
            case AskEpochs():
                return self._epochs(request.tenant)
            case AskNewEpoch():
                return self._begin(request)
            case AskRewrap():
                return self._rewrap(request)
            case AskLocate():
                return self._locate(request)
            case AskDestroyEpochs():
                return self._destroy(request)
            case _:
                assert_never(request)

    def recipients(self, own: Recipient) -> tuple[Recipient, ...]:
        """Return who can open what is wrapped for a tenant."""
        return (own,) if self._escrow is None else (own, self._escrow)

    def _epochs(self, tenant: str) -> EpochsAre:
        held = self._keys.identities(tenant) if tenant else []
        since_ns = self._keys.made_ns(held[0]) if held else 0
        return EpochsAre(epochs=tuple(one.epoch for one in held), since_ns=since_ns)

    def _begin(self, request: AskNewEpoch) -> KeyReply:
        if not _is_worded(request.actor, request.purpose):
            return Refused(reason="bad_request")
        epoch = {"epoch": self._keys.next_epoch(request.tenant)}
        if not self._record(_line(WANTED, request) | epoch):
            return Refused(reason="audit_unavailable")
        self._keys.begin_epoch(request.tenant)
        if not self._record(_line(BEGUN, request) | epoch):
            return Refused(reason="audit_unavailable")
        return self._epochs(request.tenant)

    def _destroy(self, request: AskDestroyEpochs) -> KeyReply:
        held = self._keys.identities(request.tenant) if request.tenant else []
        if not held or not _is_worded(request.actor, request.purpose):
            return Refused(reason="bad_request")
        old = sorted(one.epoch for one in held[1:])
        if not self._record(_line(DOOMED, request) | {"epochs": old}):
            return Refused(reason="audit_unavailable")
        gone = self._keys.destroy(request.tenant, held[0].epoch)
        if not self._record(_line(DESTROYED, request) | {"epochs": list(gone)}):
            return Refused(reason="audit_unavailable")
        return EpochsAre(epochs=gone)

    def _locate(self, request: AskLocate) -> KeyReply:
        if len(request.headers) > MAX_KEYS or not request.tenant:
            return Refused(reason="bad_request")
        held = self._keys.identities(request.tenant)
        return LocatedAt(epochs=tuple(_epoch_of(header, held) for header in request.headers))

    def _rewrap(self, request: AskRewrap) -> KeyReply:
        held = self._keys.identities(request.tenant) if request.tenant else []
        if len(request.keys) > MAX_KEYS or not held or not _is_worded(request.actor):
            return Refused(reason="bad_request")
        recipients = self.recipients(held[0].identity.recipient)
        headers = tuple(_rewrapped(key, held, recipients) for key in request.keys)
        refused = [key.recording for key, header in zip(request.keys, headers, strict=True) if not header]
        line = {"kind": "keys.rewrapped", "tenant": request.tenant, "actor": request.actor}
        counts = {"n_keys": len(headers) - len(refused), "epoch": held[0].epoch, "refused": refused}
        if not self._record(line | counts):
            return Refused(reason="audit_unavailable")
        return Rewrapped(headers=headers, epoch=held[0].epoch)


def _line(kind: str, request: AskNewEpoch | AskDestroyEpochs) -> dict[str, object]:
    return {"kind": kind, "tenant": request.tenant, "actor": request.actor, "purpose": request.purpose}


def _is_worded(*words: str) -> bool:
    return all(0 < len(word) <= MAX_WORD for word in words)


def _open(octets: bytes, held: list[TenantIdentity]) -> tuple[Secret[bytes], int, str | None] | None:
    """Return file key, epoch and bound recording; None when none of these identities opens it."""
    try:
        header = parse_header(octets)
        opened = unwrap_header(header, [one.identity for one in held])
        if opened is None or header.size != len(octets):
            return None
        epoch = next(one.epoch for one in held if one.identity is opened[1])
        return opened[0], epoch, bound_recording(header)
    except ParseError:
        return None


def _epoch_of(octets: bytes, held: list[TenantIdentity]) -> int:
    opened = _open(octets, held)
    return 0 if opened is None else opened[1]


def _rewrapped(key: WrappedKey, held: list[TenantIdentity], recipients: tuple[Recipient, ...]) -> bytes:
    """Return a new header that names its recording, empty when it is not proved to be of it.

    A header of before names none; then the object's name proves it, which is a MAC of the recording under the
    file key. A journal's header of before stays without a name.
    """
    opened = _open(key.header, [*held[1:], *held[:1]])  # the newest last: nearly all are of the one before
    if opened is None:
        return b""
    file_key, _, bound_to = opened
    if bound_to is None and key.object_key:
        name = object_key(file_key, key.recording)
        bound_to = key.recording if hmac.compare_digest(name.encode(), key.object_key.encode()) else ""
    if bound_to not in (None, key.recording):
        return b""
    try:
        return build_header(file_key, recipients, SystemIds(), recording=bound_to or "")
    except ParseError:  # an escrow recipient of low order, a name that no header can carry
        return b""
