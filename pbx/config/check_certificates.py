"""Certificates that the configuration names: readable, with their key, in time, and for the right domain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.models import PbxSettings
from pbx.config.read import Read
from pbx.config.sources import TenantSource
from pbx.config.transports import PairSettings
from pbx.config.trunks import WrittenTls, build_trunk
from pbx.core.errors import ConfigError

SOON = timedelta(days=14)  # who renews automatically does it a month ahead: then something is wrong
MAX_FILE = 1 << 20
Problems = list[ConfigError]


@dataclass(frozen=True, slots=True)
class _Named:
    """One place that names a certificate; `domain` is whom it should be for, "" = nobody in particular."""

    document: Document
    path: MarkPath
    pair: PairSettings
    domain: str = ""


def check_certificates(
    base: Path, pbx: Read[PbxSettings] | None, sources: list[TenantSource], now: datetime | None
) -> tuple[Problems, Problems]:
    """Return errors and warnings; without `now` nothing is said about time.

    Relative paths of `pbx.yaml` start from `base`. A certificate that has expired is a warning: the
    telephones on UDP must not be without a PBX for it.
    """
    errors: Problems = []
    warnings: Problems = []
    for named in _pairs(base, pbx, sources):
        leaf, problems = _read_pair(named)
        errors += problems
        if leaf is not None:
            warnings += _doubts(named, leaf, now)
    for document, path, file in _authorities(base, pbx, sources):
        if (message := _unreadable(file)) is not None:
            errors.append(document.error(path, message))
    return errors + _contradictions(sources), warnings


def _pairs(base: Path, pbx: Read[PbxSettings] | None, sources: list[TenantSource]) -> Iterator[_Named]:
    if pbx is not None and pbx.model.sip.certificate is not None:
        yield _Named(pbx.document, ("sip", "certificate"), pbx.model.sip.certificate.below(base))
    if pbx is not None and pbx.model.playback is not None and pbx.model.playback.certificate is not None:
        yield _Named(pbx.document, ("playback", "certificate"), pbx.model.playback.certificate.below(base))
    if pbx is not None and pbx.model.metrics is not None and pbx.model.metrics.certificate is not None:
        yield _Named(pbx.document, ("metrics", "certificate"), pbx.model.metrics.certificate.below(base))
    if pbx is not None:
        for i, remote in enumerate(pbx.model.media.remote):
            path = ("media", "remote", i, "certificate")
            yield _Named(pbx.document, path, remote.certificate.below(base))
    for source in sources:
        if source.settings is not None and source.settings.model.certificate is not None:
            pair = source.settings.model.certificate.below(source.folder)
            yield _Named(source.settings.document, ("certificate",), pair, source.settings.model.domain)
        for name, trunk in source.trunks.model.trunks.items() if source.trunks is not None else ():
            if source.trunks is not None and trunk.tls is not None and trunk.tls.certificate is not None:
                pair = trunk.tls.certificate.below(source.folder)
                yield _Named(source.trunks.document, ("trunks", name, "tls", "certificate"), pair)


def _contradictions(sources: list[TenantSource]) -> Problems:
    """A carrier's domain has one CA and one certificate of ours, whichever tenant calls it."""
    seen: dict[str, tuple[WrittenTls, str]] = {}
    errors: Problems = []
    for source in sources:
        if source.trunks is None:
            continue
        document = source.trunks.document
        for name, written in source.trunks.model.trunks.items():
            trunk = build_trunk(name, written, "", source.folder)
            for domain in sorted(trunk.certified_names):
                first, place = seen.setdefault(domain, (trunk.tls, document.place(("trunks", name))))
                if (first.ca, first.certificate) != (trunk.tls.ca, trunk.tls.certificate):
                    message = f"{domain} has another ca or certificate already"
                    errors.append(document.error(("trunks", name, "tls"), message, f"see {place}"))
    return errors


def _authorities(
    base: Path, pbx: Read[PbxSettings] | None, sources: list[TenantSource]
) -> Iterator[tuple[Document, MarkPath, Path]]:
    if pbx is not None:
        for i, remote in enumerate(pbx.model.media.remote):
            yield pbx.document, ("media", "remote", i, "ca"), base / remote.ca
    for source in sources:
        for name, trunk in source.trunks.model.trunks.items() if source.trunks is not None else ():
            if source.trunks is not None and trunk.tls is not None and trunk.tls.ca is not None:
                yield source.trunks.document, ("trunks", name, "tls", "ca"), source.folder / trunk.tls.ca


def _unreadable(file: Path) -> str | None:
    """Return what is wrong with a file of certificates."""
    try:
        x509.load_pem_x509_certificates(_octets(file))
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}"
    except ValueError:
        return f"{file} holds no PEM certificate"
    return None


def _read_pair(named: _Named) -> tuple[x509.Certificate | None, Problems]:
    chain, key = named.pair.chain, named.pair.key
    document, path = named.document, named.path
    if (message := _unreadable(chain)) is not None:
        return None, [document.error((*path, "chain"), message)]
    leaf = x509.load_pem_x509_certificates(_octets(chain))[0]
    try:
        private = load_pem_private_key(_octets(key), password=None)
    except OSError as error:
        return leaf, [document.error((*path, "key"), f"{key} cannot be read: {error.strerror}")]
    except (ValueError, TypeError):  # TypeError: it is encrypted
        return leaf, [document.error((*path, "key"), f"{key} holds no PEM key without a password")]
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        return leaf, [document.error((*path, "key"), f"{key} is not the key of {chain}")]
    return leaf, []


def _doubts(named: _Named, leaf: x509.Certificate, now: datetime | None) -> Problems:
    """Return what works, but looks wrong."""
    document, path = named.document, (*named.path, "chain")
    found: Problems = []
    end = leaf.not_valid_after_utc
    if now is not None and end <= now:
        found.append(
            document.error(path, f"the certificate has expired on {end:%Y-%m-%d}: TLS peers refuse it")
        )
    elif now is not None and end <= now + SOON:
        found.append(document.error(path, f"the certificate expires on {end:%Y-%m-%d}"))
    if named.domain and not _is_for(leaf, named.domain):
        found.append(document.error(path, f"the certificate is not for {named.domain}"))
    return found


def _is_for(leaf: x509.Certificate, domain: str) -> bool:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    dns = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    uris = {uri.lower() for uri in names.get_values_for_type(x509.UniformResourceIdentifier)}
    return bool(dns & {domain, f"*.{domain.partition('.')[2]}"}) or f"sip:{domain}" in uris


def _octets(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_FILE)
