"""The pages of playback as an ASGI application: one link, its player, its sound by ranges (RFC 9110 §14)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from email.utils import formatdate

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from pbx.core.errors import ConfigError, ParseError, StorageError, TransportError
from pbx.core.io.clock import monotonic
from pbx.core.secret import Secret
from pbx.lifecycle.io.archive import NotGivenError
from pbx.playback import pages
from pbx.playback.io.room import MAX_PIECE, GoneError, Playable, Room, Visit
from pbx.playback.ranges import Part, Unsatisfiable, wanted
from pbx.sip.defence.buckets import Buckets, Rate
from pbx.sip.defence.sources import source_key

COOKIE = "pbx-listening"
REQUESTS = Rate(per_s=10, burst=60)  # of one source: a player asks once a minute, and for each seek
GUESSES = Rate(per_s=0.2, burst=20)  # links and sessions that are none
MAX_SOURCES = 10_000
AT_ONCE = 4  # pieces that are read and decrypted: the work of one core
TURN_S = 10.0  # in which it is somebody's turn, or he is told to come again
RETRY_S = "10"
MAX_TOKEN = 128  # characters
Endpoint = Callable[[Request], Awaitable[Response]]
_log = structlog.get_logger()


class PlaybackSite:
    """Answers browsers; `is_secure` = they come by TLS, `behind_proxy` = X-Forwarded-For names them."""

    def __init__(self, room: Room, *, is_secure: bool, behind_proxy: bool) -> None:
        self._room, self._is_secure, self._behind_proxy = room, is_secure, behind_proxy
        self._requests, self._guesses = Buckets(REQUESTS, MAX_SOURCES), Buckets(GUESSES, MAX_SOURCES)
        self._turns = asyncio.Semaphore(AT_ONCE)

    def app(self) -> Starlette:
        """Return the application; paths that lead nowhere look like links that do not open."""
        return Starlette(
            routes=[
                Route("/l/{token}", self._guarded(self._front), methods=["GET", "POST"]),
                Route("/p/{link}/", self._guarded(self._player), methods=["GET"]),
                Route("/p/{link}/sound.wav", self._guarded(self._sound), methods=["GET"]),
            ],
            exception_handlers={HTTPException: _other},
        )

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint behind the limits, and with an answer to everything that can happen to it."""

        async def answer(request: Request) -> Response:
            source, now = self._source(request), monotonic()
            if not self._requests.take(source, now):
                return _said(429, "Wait", pages.TOO_MANY, {"Retry-After": RETRY_S})
            if request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
                return _said(413, "Too much", pages.GONE, {"Connection": "close"})
            try:
                return await endpoint(request)
            except GoneError:
                if not self._guesses.take(source, now):
                    return _said(429, "Wait", pages.TOO_MANY, {"Retry-After": RETRY_S})
                return _said(410, "No recording", pages.GONE)
            except NotGivenError:
                return _said(403, "Not allowed", pages.FORBIDDEN)
            except ParseError as error:
                _log.error("a recording is damaged", reason=str(error))
                return _said(500, "Damaged", pages.DAMAGED)
            except (StorageError, TransportError, ConfigError, ConnectionError, TimeoutError) as error:
                _log.warning("a link cannot be played now", reason=str(error))
                return _said(503, "Not now", pages.NOT_NOW, {"Retry-After": RETRY_S})

        return answer

    def _source(self, request: Request) -> str:
        host = request.client.host if request.client is not None else ""
        if self._behind_proxy:  # the last one is what the proxy has seen itself
            host = request.headers.get("x-forwarded-for", host).rpartition(",")[2].strip()[:64]
        return source_key(host)

    async def _front(self, request: Request) -> Response:
        token = Secret(str(request.path_params["token"])[:MAX_TOKEN])
        if request.method != "POST":
            if not await self._room.can_open(token):
                raise GoneError
            return _html(pages.front())
        opened = await self._room.open(token)
        place = f"/p/{opened.link}/"
        response = Response(status_code=303, headers={"Location": place, "Date": _date()})
        response.set_cookie(
            COOKIE,
            opened.session.reveal(),
            max_age=int(opened.lasts / timedelta(seconds=1)),
            path=place,
            secure=self._is_secure,
            httponly=True,
            samesite="strict",
        )
        return response

    async def _player(self, request: Request) -> Response:
        visit = await self._visit(request)
        await visit.look()
        sound, link = visit.wav(), visit.link
        minutes, seconds = divmod(round(sound.seconds), 60)
        lines = {
            "Recorded": f"{visit.row.started_at:%d %B %Y, %H:%M} UTC",
            "Length": f"{minutes}:{seconds:02d}",
            "Purpose": link.purpose,
            "Given by": link.actor,
        }
        return _html(pages.player(lines))

    async def _sound(self, request: Request) -> Response:
        visit = await self._visit(request)
        sound = visit.wav()
        headers = {"Accept-Ranges": "bytes", "ETag": sound.etag, "Date": _date()}
        if request.method == "HEAD":  # for which Range is not defined (§14.2)
            await visit.look()
            headers["Content-Length"] = str(sound.size)
            return Response(headers=headers, media_type=sound.media_type)
        said = request.headers
        match wanted(said.get("range", ""), said.get("if-range", ""), sound.etag, sound.size):
            case Unsatisfiable():
                headers["Content-Range"] = f"bytes */{sound.size}"
                return Response(status_code=416, headers=headers)
            case Part() as part:
                part = part.at_most(MAX_PIECE)
                octets = await self._piece(sound, part)
                headers["Content-Range"] = f"bytes {part.first}-{part.last}/{sound.size}"
                return Response(octets, status_code=206, headers=headers, media_type=sound.media_type)
            case _:
                first = await self._piece(sound, Part(first=0, last=sound.size - 1).at_most(MAX_PIECE))
                headers["Content-Length"] = str(sound.size)
                body = self._whole(request, sound.size, first)
                return StreamingResponse(body, headers=headers, media_type=sound.media_type)

    async def _whole(self, request: Request, size: int, first: bytes) -> AsyncIterator[bytes]:
        """Yield everything; each piece is asked for anew, and a refusal in the middle breaks it off."""
        yield first
        for at in range(len(first), size, MAX_PIECE):
            sound = (await self._visit(request)).wav()
            yield await self._piece(sound, Part(first=at, last=size - 1).at_most(MAX_PIECE))

    async def _piece(self, sound: Playable, part: Part) -> bytes:
        """Return octets when it is our turn; ParseError when they do not come whole."""
        async with asyncio.timeout(TURN_S):
            await self._turns.acquire()
        try:
            octets = b"".join([one async for one in await sound.piece(part.first, part.last)])
        finally:
            self._turns.release()
        if len(octets) != part.length:
            raise ParseError("the sound is shorter than its manifest says", 0)
        return octets

    async def _visit(self, request: Request) -> Visit:
        session = Secret(request.cookies.get(COOKIE, "")[:MAX_TOKEN])
        return await self._room.visit(str(request.path_params["link"])[:MAX_TOKEN], session)


def _html(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(body, status_code=status, headers={"Date": _date(), **(headers or {})})


def _said(status: int, title: str, text: str, headers: dict[str, str] | None = None) -> Response:
    return _html(pages.said(title, text), status, headers)


def _date() -> str:
    """RFC 9110 §6.6.1: who has a clock says when it was."""
    return formatdate(usegmt=True)


async def _other(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return _said(status, "No recording", pages.GONE, headers)
