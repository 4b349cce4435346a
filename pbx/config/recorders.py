"""`siprec` of `recording.yaml`: recorders of others, to whom recorded calls are forked, and party wishes."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.trunks import WrittenAccount
from pbx.config.types import HostName, Listed, Port, Strict
from pbx.core.address import Remote, literal
from pbx.core.errors import ConfigError
from pbx.sip.credentials import DigestCredentials
from pbx.sip.locate.rules import DEFAULT_PORTS, SIP_PORT, ServerName
from pbx.sip.media_peers import MediaPeers
from pbx.siprec.servers import MAX_SERVERS, Client, Server

User = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]
TO_TLS = "set transport: tls"


class WrittenRecorder(Strict):
    """One recorder (SRS); what it is told is longer than a datagram, so it is reached by TCP."""

    host: HostName
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] = "tcp"
    user: User = "srs"
    srtp: Literal["off", "optional", "required"] = "off"
    account: WrittenAccount | None = None

    @property
    def authority(self) -> str:
        """Host and port of its URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def realm(self) -> str:
        """Whose challenges our account answers, and nobody else's."""
        return self.account.realm or self.host if self.account is not None else ""

    def build(self, credentials: DigestCredentials | None = None) -> Server:
        """Return where it is called; a name is looked up for each call."""
        is_address = literal(self.host) is not None
        port = self.port or (DEFAULT_PORTS.get(self.transport, SIP_PORT) if is_address else 0)
        name = ServerName(host=self.host, port=port, transport=self.transport)
        suffix = "" if self.transport == "udp" else f";transport={self.transport}"
        return Server(
            uri=f"sip:{self.user}@{self.authority}{suffix}",
            remote=Remote(self.transport, self.host, port, name="" if is_address else self.host),
            server=None if is_address else name,
            srtp=self.srtp,
            credentials=credentials,
        )

    def key(self, tenant: str) -> str:
        """What our account there is called among all accounts; no trunk has such a name."""
        return f"{tenant}/{self.build().uri}"


class SiprecSettings(Strict):
    """The recorders in the order to try them."""

    servers: Annotated[tuple[WrittenRecorder, ...], Listed, Field(min_length=1, max_length=MAX_SERVERS)]

    def client(
        self, tenant: str, domain: str, peers: MediaPeers, *, accounts: Mapping[str, DigestCredentials]
    ) -> Client:
        """Return who we are to them."""
        servers = tuple(one.build(accounts.get(one.key(tenant))) for one in self.servers)
        return Client(uri=f"sip:pbx@{domain}", servers=servers, peers=peers)


def check_recorders(document: Document, settings: SiprecSettings | None) -> list[ConfigError]:
    """Return recorders that are listed twice, and keys that would travel where everybody reads them."""
    found: list[tuple[MarkPath, str, str]] = []
    seen: set[str] = set()
    for i, one in enumerate(settings.servers if settings is not None else ()):
        at: MarkPath = ("siprec", "servers", i)
        if one.build().uri in seen:
            found.append((at, f"{one.authority} is listed twice", ""))
        if one.srtp != "off" and one.transport != "tls":
            found.append(((*at, "srtp"), "the keys of SRTP can be read on their way", TO_TLS))
        if one.transport == "tls" and literal(one.host) is not None:
            found.append(((*at, "host"), "tls needs a name: an address proves nothing", ""))
        seen.add(one.build().uri)
    return [document.error(path, message, hint) for path, message, hint in found]
