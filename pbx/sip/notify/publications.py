"""Publications: event state that telephones publish, until it expires (RFC 3903)."""

from collections.abc import Callable

from pbx.core.errors import ParseError
from pbx.core.ids import hex_id
from pbx.sip.location import Aor
from pbx.sip.message import Request
from pbx.sip.notify.pidf import CONTENT_TYPE, Presence, parse_pidf
from pbx.sip.notify.wish import Refused, expires_of
from pbx.sip.responses import Fields
from pbx.sip.stack import Stack

MAX_PUBLICATIONS = 5  # of one address: its devices; the oldest makes room
Changed = Callable[[Aor, float], None]


class Publication:
    """What one device published last."""

    __slots__ = ("_owner", "aor", "etag", "presence")

    def __init__(self, owner: "Publications", aor: Aor, presence: Presence) -> None:
        self._owner, self.aor, self.presence = owner, aor, presence
        self.etag = ""

    def tick(self, now: float) -> None:
        """It has expired (§6, step 6)."""
        self._owner.remove(self, now)


class Publications:
    """Documents by address and entity-tag; each change gets a new tag (§6)."""

    __slots__ = ("_by_aor", "_changed", "_stack")

    def __init__(self, stack: Stack, changed: Changed) -> None:
        self._stack, self._changed = stack, changed
        self._by_aor: dict[Aor, dict[str, Publication]] = {}

    def newest(self, aor: Aor) -> Presence | None:
        """Return what was published last and is still valid."""
        publications = list(self._by_aor.get(aor, {}).values())
        return publications[-1].presence if publications else None

    def publish(self, aor: Aor, request: Request, now: float) -> Fields:
        """Take an admitted PUBLISH and return the fields of its 200 (§6).

        Refused 412 for a tag that is none of ours, 423, 415, 413, 400.
        """
        expires_s = expires_of(request)
        tag = request.headers.get("SIP-If-Match")
        presence = _published(request)
        if tag is None:
            if presence is None:
                raise Refused("a first PUBLISH without a document", 400)
            publication = Publication(self, aor, presence)
        else:
            known = self._by_aor.get(aor, {}).get(tag.strip())
            if known is None:
                raise Refused("no such entity-tag", 412)
            publication = known
        if presence is not None:
            publication.presence = presence
        self._keep(publication, expires_s, now)
        return (("SIP-ETag", publication.etag), ("Expires", str(expires_s)))

    def remove(self, publication: Publication, now: float) -> None:
        """Forget a publication and tell."""
        self._drop(publication)
        self._changed(publication.aor, now)

    def _keep(self, publication: Publication, expires_s: int, now: float) -> None:
        self._drop(publication)
        publication.etag = hex_id(self._stack.ids, 8)
        if expires_s:
            known = self._by_aor.setdefault(publication.aor, {})
            if len(known) >= MAX_PUBLICATIONS:
                self._drop(next(iter(known.values())))
            self._by_aor.setdefault(publication.aor, {})[publication.etag] = publication
            self._stack.deadlines.set(publication, now + expires_s)
        self._changed(publication.aor, now)

    def _drop(self, publication: Publication) -> None:
        known = self._by_aor.get(publication.aor, {})
        known.pop(publication.etag, None)
        self._stack.deadlines.set(publication, None)
        if not known:
            self._by_aor.pop(publication.aor, None)


def _published(request: Request) -> Presence | None:
    if not request.body:
        return None
    try:
        if request.content_type != CONTENT_TYPE:
            raise Refused("not a presence document", 415, (("Accept", CONTENT_TYPE),))
        return parse_pidf(request.body)
    except ParseError as error:
        raise Refused(str(error), error.status) from None
