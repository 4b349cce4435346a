"""Who wraps the keys of the vault: nobody (files of their own), a KMS, or a hardware module."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from cattrs import Converter

from pbx.core.errors import ConfigError, ParseError, StorageError
from pbx.core.secret import Secret
from pbx.recording.envelope import Envelope, KeyContext, ProviderName, parse_envelope
from pbx.recording.token_uri import key_label

NONCE_BYTES = 12


class KeyProvider(Protocol):
    """Wraps a key for its context and unwraps it for the same; StorageError when it cannot or will not.

    `retryable` of that error says whether another try may help; a wrong PIN is tried once.
    """

    @property
    def name(self) -> ProviderName: ...

    @property
    def lanes(self) -> int:
        """How many may be asked for at once."""

    def kek(self) -> str:
        """Return which key-encryption key wraps; it is asked for, so that a key that is away shows here."""

    def wrap(self, key: Secret[bytes], context: KeyContext) -> bytes:
        """Return the content of a key file."""

    def unwrap(self, octets: bytes, context: KeyContext) -> Secret[bytes]:
        """Return the key that a file contains."""

    def close(self) -> None:
        """End what is open; what comes next opens it again."""


class LocalFiles:
    """Keys in files as they are: who can read the files has the keys."""

    name: ProviderName = "local"
    lanes = 1

    def kek(self) -> str:
        return ""

    def wrap(self, key: Secret[bytes], context: KeyContext) -> bytes:
        return key.reveal() + b"\n"

    def unwrap(self, octets: bytes, context: KeyContext) -> Secret[bytes]:
        return Secret(octets.strip())

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsSettings:
    """A key of AWS KMS; without key files the credentials are those of the machine's role."""

    key: str
    region: str
    endpoint: str | None = None
    access_key_file: Path | None = None
    secret_key_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Settings:
    """A key of a token that is reached by a PKCS#11 module; the PIN is the one line of a file."""

    module: Path
    token: str
    key: str
    pin_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappingSettings:
    """Who wraps new keys, and whoever has wrapped the keys that are to be moved away from him."""

    provider: ProviderName = "local"
    kms: KmsSettings | None = None
    pkcs11: Pkcs11Settings | None = None


class Providers:
    """Makes the providers of one configuration."""

    def __init__(self, settings: WrappingSettings) -> None:
        self._settings = settings

    def chosen(self) -> KeyProvider:
        """Return who wraps new keys."""
        return self._made(self._settings)

    def of(self, envelope: Envelope) -> KeyProvider:
        """Return who has wrapped a key; StorageError when nothing says how to reach him."""
        settings = replace(self._settings, provider=envelope.provider)
        if envelope.provider == "kms" and settings.kms is not None:
            kms = replace(settings.kms, key=envelope.kek)
            return self._made(replace(settings, kms=kms))
        if envelope.provider == "pkcs11" and settings.pkcs11 is not None:
            pkcs11 = replace(settings.pkcs11, key=key_label(envelope.kek))
            return self._made(replace(settings, pkcs11=pkcs11))
        return self._made(settings)

    @staticmethod
    def _made(settings: WrappingSettings) -> KeyProvider:
        if settings.provider == "local":
            return LocalFiles()
        if settings.provider == "kms" and settings.kms is not None:
            from pbx.recording.io.kms_provider import KmsProvider  # a heavy import

            return KmsProvider(settings.kms)
        if settings.provider == "pkcs11" and settings.pkcs11 is not None:
            return _pkcs11(settings.pkcs11)
        text = f"a key is wrapped by {settings.provider}: recording.vault.{settings.provider} has to say how"
        raise StorageError(text, retryable=False)


def _pkcs11(settings: Pkcs11Settings) -> KeyProvider:
    try:
        from pbx.recording.io.pkcs11_provider import Pkcs11Provider
    except ImportError:  # an optional package
        text = "recording.vault.provider: pkcs11 needs the package python-pkcs11: pip install 'pbx[hsm]'"
        raise StorageError(text, retryable=False) from None
    return Pkcs11Provider(settings)


def read_wrapping(told: dict[str, Any]) -> WrappingSettings:
    """Return what the configuration tells the vault; an exception of `cattrs` when it is something else."""
    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    return converter.structure(told, WrappingSettings)


def load_wrapping(path: Path) -> WrappingSettings:
    """Return the settings that the supervisor has written; StorageError."""
    try:
        return read_wrapping(json.loads(path.read_bytes()))
    except Exception as error:  # the many of `cattrs`, which have none in common
        text = f"{path} does not say who wraps the keys: {type(error).__name__}"
        raise StorageError(text, retryable=False) from None


def secret_of(file: Path) -> Secret[str]:
    """Return the one line of a file; StorageError."""
    from pbx.config.credentials import read_secret  # certificates come with it

    try:
        return read_secret(file)
    except ConfigError as error:
        raise StorageError(f"{file}: {error.message}", retryable=False) from None


def envelope_of(octets: bytes, context: KeyContext) -> Envelope:
    """Return what a key file contains; StorageError when it is damaged."""
    try:
        return parse_envelope(octets)
    except ParseError as error:
        text = f"the key of {context} is damaged ({error}): put the file back from your copy of var/keys"
        raise StorageError(text, retryable=False) from None


def does_not_open(context: KeyContext, kek: str) -> StorageError:
    """Return the refusal of a key that was changed, is another one's, or was wrapped by a lost key."""
    text = f"the key of {context} does not open with {kek}: it was changed, or it is a copy of another one's"
    return StorageError(f"{text}; put the file back from your copy of var/keys", retryable=False)
