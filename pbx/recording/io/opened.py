"""Opened journals: the key and the records of each chapter, as the vault and the spools give them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import structlog

from pbx.core.errors import ParseError, StorageError
from pbx.core.secret import Secret
from pbx.recording.io.journal_files import FileOctets
from pbx.recording.io.journal_parts import LockedPart
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.journal import FIRST_CHAPTER, Damage, is_begun
from pbx.recording.parts import Part
from pbx.recording.vault_messages import AskUnwrap, Refused

_HOPELESS = ("bad_header", "bad_request", "other_recording")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What there is of a recording.

    Its master gets key and header of the first chapter that opens. `unreadable` = chapters of which nobody
    can read anything, each with why.
    """

    header: bytes
    file_key: Secret[bytes]
    tenant: str
    parts: list[Part]
    unreadable: dict[int, str]

    @property
    def lacks_chapters(self) -> bool:
        """Whether chapters are missing before the last one: none was begun, or they lie elsewhere."""
        chapters = {part.chapter for part in self.parts} | self.unreadable.keys()
        return chapters != set(range(FIRST_CHAPTER, max(chapters) + 1))

    @property
    def damage(self) -> Damage | None:
        """That of the chapters that do not open."""
        for chapter, reason in self.unreadable.items():
            return Damage(at=0, n_bytes=0, reason=f"chapter {chapter}: {reason}")
        return None


async def open_journals(recording: str, parts: Iterable[LockedPart], vault: VaultClient) -> Opened:
    """Return what of a recording can be opened; ParseError(0) when nothing can."""
    chapters = {chapter: list(own) for chapter, own in groupby(parts, lambda part: part.number.chapter)}
    opened: list[Opened] = []
    unreadable: dict[int, str] = {}
    errors: list[ParseError] = []
    for chapter, own in chapters.items():
        try:
            opened.append(await _open(recording, own, vault))
        except ParseError as error:
            unreadable[chapter] = str(error)
            errors.append(error)
    if not opened:
        raise errors[0]
    first = opened[0]
    if any(one.tenant != first.tenant for one in opened):
        raise ParseError("chapters of two tenants", 0)
    return Opened(
        header=first.header,
        file_key=first.file_key,
        tenant=first.tenant,
        parts=[part for one in opened for part in one.parts],
        unreadable=unreadable,
    )


async def _open(recording: str, parts: list[LockedPart], vault: VaultClient) -> Opened:
    """Open one chapter, all parts of which have the same key header.

    A disk that lost its power may have kept less of a part than this: then there was nothing in it.
    """
    files = [(part.number, FileOctets(part.fd)) for part in parts]
    begun = [one for one in files if is_begun(one[1].beginning())] or files
    read = [(number, octets, *octets.preamble()) for number, octets in begun]
    header = read[0][2]
    file_key, tenant = await _unwrap(recording, header, vault)
    found = [
        Part(octets.behind(offset), offset, file_key, number.part, number.chapter)
        for number, octets, _, offset in read
    ]
    return Opened(header=header, file_key=file_key, tenant=tenant, parts=found, unreadable={})


async def _unwrap(recording: str, header: bytes, vault: VaultClient) -> tuple[Secret[bytes], str]:
    request = AskUnwrap(recording=recording, header=header, actor="finaliser", purpose="finalise")
    answer = await vault.unwrap(request)
    if not isinstance(answer, Refused):
        return answer.key, answer.tenant
    if answer.reason in _HOPELESS:
        raise ParseError(f"the vault cannot open it: {answer.reason}", 0)
    if answer.reason == "not_a_recipient":
        # Most likely the vault has lost its keys; once they are back the journal opens.
        _log.error("no key of the vault opens this journal: are var/keys whole?", recording=recording)
        raise StorageError("no key of the vault opens it", retryable=False)  # it waits, others need not
    raise StorageError(f"the vault refuses: {answer.reason}", retryable=True)
