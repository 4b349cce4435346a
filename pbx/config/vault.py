"""`recording.vault`: who wraps the keys of the vault; secrets are named by their files."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pbx.config.types import PrivateUrl, Strict, written
from pbx.recording.envelope import ProviderName

File = Annotated[Path, Field(strict=False)]
_Label = Annotated[
    str,
    Field(pattern=r"^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$", max_length=64),
    written("a label in printable ASCII"),
]


class KmsKey(Strict):
    """A key of AWS KMS: id, ARN or alias; without key files the credentials of the machine's role are used.

    TLS is verified always (E-16); an endpoint other than Amazon's own is named by its URL.
    """

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9:/_-]{1,512}$")]
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    endpoint: PrivateUrl | None = None
    access_key_file: File | None = None
    secret_key_file: File | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.access_key_file is None) != (self.secret_key_file is None):
            raise ValueError("access_key_file and secret_key_file go together; without both the role is used")
        return self


class Pkcs11Key(Strict):
    """An AES-256 key of a hardware module, by the labels of its token (at most 32 octets) and its own."""

    module: File
    token: Annotated[_Label, Field(max_length=32)]
    key: _Label = "pbx-vault"
    pin_file: File

    @model_validator(mode="after")
    def _is_absolute(self) -> Self:
        if not self.module.is_absolute():
            raise ValueError("module needs an absolute path: the vault runs its code")
        return self


class VaultSettings(Strict):
    """Who wraps new keys; the other section may stay while keys are moved away from it."""

    provider: ProviderName = "local"
    kms: KmsKey | None = None
    pkcs11: Pkcs11Key | None = None

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if self.provider != "local" and getattr(self, self.provider) is None:
            raise ValueError(f"provider: {self.provider} needs a section {self.provider}")
        return self

    @property
    def files(self) -> dict[tuple[str, str], Path]:
        """The files with secrets by their place in `recording.vault`."""
        sections = {"kms": self.kms, "pkcs11": self.pkcs11}
        return {
            (section, name): file
            for section, written in sections.items()
            for name, file in (written or ())
            if name.endswith("_file") and file is not None
        }

    def at(self, base: Path) -> dict[str, Any]:
        """Return what the vault is told: JSON values, relative paths made to start from `base`."""
        told = self.model_dump(mode="json", exclude_none=True)
        for (section, name), file in self.files.items():
            told[section][name] = str(base / file)
        return told
