"""Secrets, keys and authorities that the configuration names by file: there, and what they should be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pbx.config.credentials import read_anchors, read_secret, read_signing_key, read_token
from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.models import PbxSettings
from pbx.config.read import Read
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.core.strength import FLOOR_BITS, is_weak


@dataclass(frozen=True, slots=True)
class _Named:
    """One place that names a file, and what reads it where it is used."""

    document: Document
    path: MarkPath
    file: Path
    read: Callable[[Path], object]
    names: tuple[str, ...] = ()  # of who has the secret


def check_credentials(
    base: Path, pbx: Read[PbxSettings] | None, sources: list[TenantSource]
) -> list[ConfigError]:
    """Return what a start or reload would stop at; relative paths start from `base`."""
    problems: list[ConfigError] = []
    for named in _named(pbx, sources):
        file = base / named.file
        try:
            named.read(file)
        except ConfigError as error:
            problems.append(named.document.error(named.path, f"{file}: {error.message}"))
    return problems


def guessable_accounts(base: Path, sources: list[TenantSource]) -> list[ConfigError]:
    """Return our passwords at carriers and recorders that others can guess: warnings, since those chose."""
    found: list[ConfigError] = []
    for named in _named(None, sources):
        if named.read is not read_secret:
            continue
        file = base / named.file
        try:
            is_weak_one = is_weak(read_secret(file).reveal(), named.names)
        except ConfigError:
            continue  # an error of its own
        if is_weak_one:
            message = f"{file}: can be guessed, a secret needs {FLOOR_BITS} bits"
            found.append(named.document.error(named.path, message, "ask for another one"))
    return found


def _named(pbx: Read[PbxSettings] | None, sources: list[TenantSource]) -> Iterator[_Named]:
    if pbx is not None and pbx.model.stir.trust_anchors is not None:
        yield _Named(pbx.document, ("stir", "trust_anchors"), pbx.model.stir.trust_anchors, read_anchors)
    if pbx is not None and pbx.model.stir.crl_issuers is not None:
        yield _Named(pbx.document, ("stir", "crl_issuers"), pbx.model.stir.crl_issuers, read_anchors)
    if pbx is not None:
        for (section, name), file in pbx.model.recording.vault.files.items():
            yield _Named(pbx.document, ("recording", "vault", section, name), file, read_secret)
        if pbx.model.metrics is not None and pbx.model.metrics.token_file is not None:
            yield _Named(pbx.document, ("metrics", "token_file"), pbx.model.metrics.token_file, read_token)
    for source in sources:
        stir = source.settings.model.stir if source.settings is not None else None
        if source.settings is not None and stir is not None:
            yield _Named(source.settings.document, ("stir", "key_file"), stir.key_file, read_signing_key)
        for name, trunk in source.trunks.model.trunks.items() if source.trunks is not None else ():
            if source.trunks is not None and trunk.account is not None:
                path = ("trunks", name, "account", "secret_file")
                names = (trunk.account.user, name)
                yield _Named(source.trunks.document, path, trunk.account.secret_file, read_secret, names)
        yield from _of_recorders(source)


def _of_recorders(source: TenantSource) -> Iterator[_Named]:
    recording = source.recording
    if recording is None or recording.model.siprec is None:
        return
    for i, one in enumerate(recording.model.siprec.servers):
        if one.account is not None:
            path: MarkPath = ("siprec", "servers", i, "account", "secret_file")
            names = (one.account.user,)
            yield _Named(recording.document, path, one.account.secret_file, read_secret, names)
