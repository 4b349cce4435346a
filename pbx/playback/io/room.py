"""What a web server asks to play a link: who comes, whether he may hear it now, and octets of the sound.

Rules, restrictions and the consent of a second person are looked at for each request, and the access is in
the audit log before the vault is asked for the key and the first octet is given out (D-09, E-07).
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Protocol

from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.lifecycle.access import Access, Form
from pbx.lifecycle.io.archive import Archive, Rules, Visitor
from pbx.lifecycle.link import TOKEN_BYTES, Link, Session, digest, session_end
from pbx.lifecycle.listening import roles_of
from pbx.playback.virtual_wav import Source, VirtualWav
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.form import UNITS_PER_S
from pbx.store.links import LinkStore

MAX_PIECE = 1 << 20  # octets for which there is one line in the log: a minute of G.711, 16 s of wide-band


class GoneError(Exception):
    """No such link, or not any more, or not for this browser: a stranger is not told which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A link that a browser has just opened: its page, its session, and how long that lasts."""

    link: str
    session: Secret[str]
    lasts: timedelta


class Playable(Protocol):
    """One form of a recording that a browser is given; a small copy of it would be another."""

    @property
    def media_type(self) -> str: ...

    @property
    def etag(self) -> str: ...

    @property
    def size(self) -> int: ...

    async def piece(self, first: int, last: int) -> AsyncIterator[bytes]:
        """Put on the record that these octets are heard, then return them; at most MAX_PIECE.

        NotGivenError when that is not allowed now.
        """
        ...


class Room:
    """Plays links of one installation; StorageError and TransportError when something is down."""

    def __init__(self, archive: Archive, rules: Callable[[], Rules]) -> None:
        self._archive, self._links, self._rules = archive, LinkStore(archive.database), rules

    async def can_open(self, token: Secret[str]) -> bool:
        """Whether a browser could open the link of a token now; it uses nothing up."""
        found = await self._links.with_token(digest(token))
        return found is not None and found[0].can_open(found[1], utc_now())

    async def open(self, token: Secret[str]) -> Opened:
        """Open a link for a browser; GoneError when it cannot be opened any more."""
        found, now = await self._links.with_token(digest(token)), utc_now()
        if found is None or not found[0].can_open(found[1], now):
            raise GoneError
        link = found[0]
        row = await self._archive.find(link.recording)
        if row is None:
            raise GoneError
        session = Secret(base64.urlsafe_b64encode(SystemIds().octets(TOKEN_BYTES)).rstrip(b"=").decode())
        ends_at = session_end(link, row.duration_ms, now)
        kept = Session(session_sha256=digest(session), link=link.link, opened_at=now, ends_at=ends_at)
        if not await self._links.open(link, kept):
            raise GoneError
        return Opened(link=link.link, session=session, lasts=ends_at - now)

    async def visit(self, link: str, session: Secret[str]) -> "Visit":
        """Return what a browser that has opened a link may go on with; GoneError, NotGivenError."""
        found = await self._links.visited(link, digest(session), utc_now())
        if found is None:
            raise GoneError
        row = await self._archive.find(found.recording)
        if row is None:
            raise GoneError
        rules = await asyncio.to_thread(self._rules)
        roles = roles_of(found.actor, rules.listeners)
        visitor = Visitor(user=found.actor, uid=found.uid, roles=roles, rules=rules)
        return Visit(self._archive, found, row, visitor)


class Visit:
    """One request of a browser that has opened a link."""

    def __init__(self, archive: Archive, link: Link, row: FinishedRecording, visitor: Visitor) -> None:
        self._archive, self.link, self.row, self._visitor = archive, link, row, visitor

    async def look(self) -> None:
        """Put on the record that he sees what there is to hear; NotGivenError when he may not."""
        await self.allow("show", self.link.span)

    async def allow(self, form: Form, span: str) -> Access:
        """Put an access of who made the link on the record."""
        link, row = self.link, self.row
        access = Access(
            recording=row.recording,
            call=row.call,
            tenant=row.tenant,
            actor=link.actor,
            purpose=link.purpose,
            form=form,
            span=span,
            link=link.link,
        )
        await self._archive.allow(row, access, self._visitor)
        return access

    @property
    def archive(self) -> Archive:
        return self._archive

    def wav(self) -> "LinkedWav":
        """Return the sound as a WAV file in the form of the master."""
        return LinkedWav(self)


class LinkedWav:
    """The part of a recording that a link is for, as a WAV file: G.711 or 16 bits linear."""

    media_type = "audio/wav"

    def __init__(self, visit: Visit) -> None:
        sound, link = manifest.sound(visit.row.manifest), visit.link
        self._visit = visit
        self._file = VirtualWav.of(sound, link.start_ms, link.length_ms)
        self.size = self._file.size
        version = f"{visit.row.sha256_cipher} {self._file.first_unit} {self._file.n_units}"
        self.etag = f'"{sha256(version.encode()).hexdigest()[:32]}"'

    @property
    def seconds(self) -> float:
        return self._file.n_units / UNITS_PER_S

    async def piece(self, first: int, last: int) -> AsyncIterator[bytes]:
        """See `Playable`; the chunks that are not needed are neither fetched nor decrypted (R-25)."""
        source = self._file.source(first, last)
        access = await self._visit.allow("link", source.span or "its length")
        sound = await self._visit.archive.opened(self._visit.row, access)
        await sound.prove()
        return _octets(source, sound.excerpt(source.first_unit, source.n_units))


async def _octets(source: Source, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if source.header:
        yield source.header
    await anext(pieces)  # the header of the excerpt
    skipped, left = source.skipped, source.n_octets
    async for piece in pieces:
        octets = piece[skipped : skipped + left]
        skipped, left = max(0, skipped - len(piece)), left - len(octets)
        if octets:
            yield octets
