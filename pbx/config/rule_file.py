"""The rules of recording in a file: those that come with the product, or an operator's own (C-03)."""

import re
from base64 import b64decode
from functools import cache
from importlib import resources
from pathlib import Path

import yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pbx.config import marks
from pbx.config.law import LawSettings
from pbx.consent.rules import ConsentRules
from pbx.consent.texts import ConsentTexts
from pbx.core.errors import ConfigError
from pbx.marketing.rules import CallingRules

SIGNATURE_OCTETS = 64  # RFC 8032 §5.1.6
MAX_SIGNATURE_FILE = 256
_VERSION = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.([0-9]{1,4}))?", re.ASCII)


@cache
def shipped() -> ConsentRules:
    """Return `rules.yaml` of the product."""
    text = (resources.files("pbx.consent") / "rules.yaml").read_text(encoding="utf-8")
    return ConsentRules.from_data(yaml.load(text, Loader=yaml.CSafeLoader))  # data of our own


@cache
def shipped_texts() -> ConsentTexts:
    """Return `texts.yaml` of the product."""
    text = (resources.files("pbx.consent") / "texts.yaml").read_text(encoding="utf-8")
    return ConsentTexts.from_data(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def shipped_calling() -> CallingRules:
    """Return `rules.yaml` of marketing calls of the product."""
    text = (resources.files("pbx.marketing") / "rules.yaml").read_text(encoding="utf-8")
    return CallingRules(yaml.load(text, Loader=yaml.CSafeLoader))


def configured(base: Path, law: LawSettings) -> ConsentRules:
    """Return the rules that `consent` of `pbx.yaml` names; relative paths start from `base`.

    ConfigError when the file is not signed by that key, or not as a rule file has to be.
    """
    if law.rules_file is None or law.signed_by is None:
        return shipped()
    file = base / law.rules_file
    octets = _read(file, marks.MAX_FILE, law.rules_file)
    signature = _read(file.with_name(f"{file.name}.sig"), MAX_SIGNATURE_FILE, f"{law.rules_file}.sig")
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(law.signed_by)).verify(signature, octets)
    except InvalidSignature:
        hint = "sign exactly this file anew, or correct consent.signed_by"
        raise _wrong(
            law.rules_file, f"{law.rules_file}.sig does not sign it by consent.signed_by", hint
        ) from None
    return parsed(octets, law.rules_file)


def parsed(octets: bytes, label: str) -> ConsentRules:
    """Return the rules of a file; `label` is how errors call it."""
    document, errors = marks.parse(octets, label)
    if document is None or errors:
        raise errors[0]
    rules = ConsentRules.from_data(document.value, label)
    if _VERSION.fullmatch(rules.version) is None:
        raise ConfigError(label, 1, 1, "version", "must be a day such as 2026-11-29, or 2026-11-29.2")
    return rules


def is_older(version: str, than: str) -> bool:
    """Whether a version is of an earlier day than another, or an earlier one of the same day."""
    return _order(version) < _order(than)


def _order(version: str) -> tuple[str, int]:
    found = _VERSION.fullmatch(version)
    return (found[1], int(found[2] or 0)) if found is not None else ("", 0)


def _read(file: Path, most: int, label: str) -> bytes:
    try:
        with file.open("rb") as opened:
            octets = opened.read(most + 1)
    except OSError as error:
        raise _wrong(label, f"cannot be read: {error.strerror}") from None
    if len(octets) > most:
        raise _wrong(label, f"the file is larger than {most} octets")
    return octets


def _wrong(label: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError(label, 1, 1, "", message, hint)
