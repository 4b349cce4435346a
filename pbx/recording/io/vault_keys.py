"""The private keys of the vault: age identities of the tenants, one Ed25519 signing key.

A tenant has one identity per epoch. The newest one gets new recordings, the others open what is not wrapped
anew yet. What was unwrapped at the start stays in memory: who wraps keys is asked again only for a new one.
"""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pbx.core.errors import ParseError, StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.age import Identity, generate_identity, parse_identity
from pbx.recording.envelope import KeyContext
from pbx.recording.io.key_files import (
    FIRST_EPOCH,
    SIGNING,
    KeyFile,
    destroy_key,
    erase_unfinished,
    identity_of,
    key_file,
    key_files,
    sync_directory,
    write_key,
)
from pbx.recording.io.key_provider import KeyProvider, LocalFiles, envelope_of

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # becomes a file name; has no @
MAX_EPOCH = 99_999  # a rotation each day for 270 years
MAX_NAMED = 256  # keys in one line of the record
MOVE = "run `pbx keys wrap`"
Record = Callable[[Mapping[str, object]], None]


def _unrecorded(_line: Mapping[str, object]) -> None:
    """Files as they are need no record: nobody is asked to open them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantIdentity:
    """An identity and whose it is, since which rotation."""

    tenant: str
    epoch: int
    identity: Identity


class KeyDirectory:
    """The private keys; StorageError when the directory or who wraps the keys refuses.

    `record` brings one line to the audit: before a key is wrapped, and before one that was unwrapped is used.
    """

    def __init__(
        self, directory: Path, provider: KeyProvider | None = None, record: Record = _unrecorded
    ) -> None:
        self._directory = directory
        self._provider = provider or LocalFiles()
        self._record = record
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        self._identities: dict[tuple[str, int], Identity] = {}
        self._load()

    @property
    def public_key(self) -> bytes:
        """The raw Ed25519 public key that manifests are checked with."""
        return self._signing.public_key().public_bytes_raw()

    def sign(self, octets: bytes) -> bytes:
        return self._signing.sign(octets)

    def identity(self, tenant: str) -> Identity:
        """Return the tenant's newest identity, made at first use; ParseError when it cannot name a file."""
        held = self.identities(_checked(tenant))
        return held[0].identity if held else self._make(tenant, FIRST_EPOCH).identity

    def identities(self, tenant: str) -> list[TenantIdentity]:
        """Return the tenant's identities, newest first, or all for an empty name; makes none."""
        held = [
            TenantIdentity(tenant=name, epoch=epoch, identity=key)
            for (name, epoch), key in self._identities.items()
            if tenant in ("", name)
        ]
        return sorted(held, key=lambda one: -one.epoch)

    def made_ns(self, one: TenantIdentity) -> int:
        """Return the wall clock when the identity's file was written; later when it was copied back."""
        try:
            return self._path(identity_of(one.tenant, one.epoch)).stat().st_mtime_ns
        except OSError as error:
            raise StorageError(f"a key is gone: {error.strerror}", retryable=False) from None

    def next_epoch(self, tenant: str) -> int:
        """Return the epoch that `begin_epoch` would make; ParseError when there can be none."""
        held = self.identities(_checked(tenant))
        epoch = held[0].epoch + 1 if held else FIRST_EPOCH
        if epoch > MAX_EPOCH:
            raise ParseError("a tenant has no more epochs", 0)
        return epoch

    def begin_epoch(self, tenant: str) -> TenantIdentity:
        """Make the identity that gets the tenant's recordings from now on."""
        return self._make(tenant, self.next_epoch(tenant))

    def destroy(self, tenant: str, before: int) -> tuple[int, ...]:
        """Destroy the identities of epochs lower than `before`; return which, oldest first.

        The octets are overwritten before the name goes: best effort, a file system may keep copies.
        """
        gone = sorted(one.epoch for one in self.identities(_checked(tenant)) if one.epoch < before)
        try:
            for epoch in gone:
                destroy_key(self._path(identity_of(tenant, epoch)))
                del self._identities[tenant, epoch]
            sync_directory(self._directory)
        except OSError as error:
            raise StorageError(f"a key cannot be destroyed: {error.strerror}", retryable=True) from None
        return tuple(gone)

    def _path(self, context: KeyContext) -> Path:
        return key_file(self._directory, context, is_wrapped=self._provider.name != "local").path

    def _make(self, tenant: str, epoch: int) -> TenantIdentity:
        identity = generate_identity(SystemIds())
        self._store(identity_of(tenant, epoch), Secret(identity.text().reveal().encode()))
        self._identities[tenant, epoch] = identity
        return TenantIdentity(tenant=tenant, epoch=epoch, identity=identity)

    def _store(self, context: KeyContext, key: Secret[bytes]) -> None:
        """Wrap a new key, on the record, and write its file."""
        try:
            octets = self._provider.wrap(key, context)
            if self._provider.name != "local":
                self._record(self._line("keys.wrapped", [context]))
        finally:
            self._provider.close()
        write_key(self._path(context), octets)

    def _load(self) -> None:
        """Read every key, and make the signing key when there is none."""
        erase_unfinished(self._directory)
        files = key_files(self._directory)
        for one in files:
            check_place(one, self._provider)
        try:
            keys = self._opened(files)
        finally:
            self._provider.close()
        signing: Ed25519PrivateKey | None = None
        for one, key in zip(files, keys, strict=True):
            if one.context == SIGNING:
                signing = read_signing(key)
            else:
                self._identities[one.context.tenant, one.context.epoch] = read_identity(one, key)
        self._signing = signing or self._new_signing()

    def _opened(self, files: list[KeyFile]) -> list[Secret[bytes]]:
        """Return what is in the files, on the record when somebody had to unwrap it."""
        contexts = [one.context for one in files]
        if self._provider.name == "local" or not files:
            return [self._provider.unwrap(one.read(), one.context) for one in files]
        try:
            kek = self._provider.kek()
            octets = [content_for(one, self._provider.name, kek) for one in files]
            with ThreadPoolExecutor(self._provider.lanes) as pool:
                keys = list(pool.map(self._provider.unwrap, octets, contexts))
        except StorageError as error:
            if not error.retryable:  # who is away refuses nothing, and is asked every few seconds
                self._record(
                    {"kind": "keys.unwrap_refused", "provider": self._provider.name, "reason": str(error)}
                )
            raise
        for at in range(0, len(contexts), MAX_NAMED):
            self._record(self._line("keys.unwrapped", contexts[at : at + MAX_NAMED]))
        return keys

    def _line(self, kind: str, contexts: list[KeyContext]) -> dict[str, object]:
        by = {"provider": self._provider.name, "kek": self._provider.kek()}
        return {"kind": kind, **by, "keys": [str(one) for one in contexts]}

    def _new_signing(self) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        self._store(SIGNING, Secret(key.private_bytes_raw().hex().encode()))
        return key


def check_place(one: KeyFile, provider: KeyProvider) -> None:
    """Raise StorageError for a file that is not as the provider would have written it."""
    name = one.path.name
    if one.is_wrapped and provider.name == "local":
        text = f"{name} is wrapped, and recording.vault.provider is local: {MOVE}, or set the provider back"
        raise StorageError(text, retryable=False)
    if not one.is_wrapped and provider.name != "local":
        text = f"{name} is not wrapped, and recording.vault.provider is {provider.name}: {MOVE}"
        raise StorageError(text, retryable=False)


def content_for(one: KeyFile, provider: str, kek: str) -> bytes:
    """Return what is in a file; StorageError when another provider or another of his keys has wrapped it."""
    octets = one.read()
    envelope = envelope_of(octets, one.context)
    if (envelope.provider, envelope.kek) != (provider, kek):
        text = f"{one.path.name} is wrapped by {envelope.kek}, and recording.vault names {kek}"
        raise StorageError(f"{text}: {MOVE}, or set it back", retryable=False)
    return octets


def read_identity(one: KeyFile, key: Secret[bytes]) -> Identity:
    """Return the identity that a file contains; StorageError."""
    try:
        return parse_identity(Secret(key.reveal().decode("ascii")))
    except (ValueError, ParseError):
        raise StorageError(f"{one.path.name} is not an identity", retryable=False) from None


def read_signing(key: Secret[bytes]) -> Ed25519PrivateKey:
    """Return the signing key; StorageError."""
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key.reveal().decode("ascii")))
    except ValueError:
        raise StorageError("the signing key cannot be read", retryable=False) from None


def _checked(tenant: str) -> str:
    if _TENANT.fullmatch(tenant) is None:
        raise ParseError("a tenant name that cannot name a key", 0)
    return tenant
