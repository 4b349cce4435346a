"""The recorders of a tenant: which one is tried next, and when all of them again."""

from dataclasses import dataclass

from pbx.core.address import Family, Remote, family_of
from pbx.sip.credentials import DigestCredentials
from pbx.sip.locate.rules import ServerName
from pbx.sip.media_peers import MediaPeers
from pbx.siprec.description import Secrecy

MAX_SERVERS = 8  # a recorder and its stand-ins; each that is dead costs the call some seconds of record
FIRST_REST_S = 2.0
LONGEST_REST_S = 60.0  # a recorder that is back is used within a minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A recorder (SRS): `uri` is its Request-URI, `server` is looked up first; None = `remote` is enough."""

    uri: str
    remote: Remote
    server: ServerName | None = None
    srtp: Secrecy = "off"
    credentials: DigestCredentials | None = None  # what answers its challenges

    @property
    def name(self) -> str:
        """What facts and logs call it."""
        return self.uri.removeprefix("sip:").partition(";")[0]

    @property
    def family(self) -> Family:
        """The IP family of its audio, as far as its address tells."""
        return family_of(self.remote.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are to the recorders of a tenant: `uri` is our From."""

    uri: str
    servers: tuple[Server, ...]
    peers: MediaPeers


class Rotation:
    """Each server once in their order, beginning with the one that is in use; then all of them rest.

    One that has refused our password is not tried again: that would be guessing.
    """

    __slots__ = ("_at", "_barred", "_left", "_rest_s", "_servers", "due", "rounds")

    def __init__(self, servers: tuple[Server, ...]) -> None:
        self._servers = servers
        self._at = 0
        self._barred: set[int] = set()
        self._left = len(servers)
        self._rest_s = FIRST_REST_S
        self.due: float | None = None  # while all of them rest
        self.rounds = 0  # in which nobody was reached, since somebody was

    @property
    def server(self) -> Server:
        """The one that is tried or in use."""
        return self._servers[self._at]

    def reached(self) -> None:
        """It records."""
        self._left, self._rest_s = len(self._servers), FIRST_REST_S
        self.due, self.rounds = None, 0

    def barred(self) -> None:
        """The one that was tried does not want us."""
        self._barred.add(self._at)

    def failed(self, now: float) -> bool:
        """Go on to the next one; False = all have failed, and rest until `due`, None = for good."""
        self._next()
        if self._left > 0:
            return True
        self.rounds += 1
        if len(self._barred) == len(self._servers):
            return False
        self.due = now + self._rest_s
        self._rest_s = min(2 * self._rest_s, LONGEST_REST_S)
        return False

    def _next(self) -> None:
        for _ in self._servers:
            self._at = (self._at + 1) % len(self._servers)
            self._left -= 1
            if self._at not in self._barred:
                return

    def rested(self, now: float) -> bool:
        """Whether it is time to try all of them again; once."""
        if self.due is None or now < self.due:
            return False
        self.due, self._left = None, len(self._servers)
        return True
