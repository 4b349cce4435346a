"""The `sip` section of `pbx.yaml`: listeners, certificates, WebSocket and limits."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pbx.config.types import Cidr, Host, Listed, Plain, Port, Strict, Unique, WebOrigin

AnyTransport = Literal["udp", "tcp", "tls", "ws", "wss"]


class PairSettings(Strict):
    """A certificate with its chain, and its private key: PEM files."""

    chain: Annotated[Path, Field(strict=False)]
    key: Annotated[Path, Field(strict=False)]

    def below(self, folder: Path) -> "PairSettings":
        """Return the pair with relative paths starting from `folder`."""
        return PairSettings(chain=folder / self.chain, key=folder / self.key)


class ListenerSettings(Strict):
    """One more socket; `advertise` stands in Via and Contact where peers reach us by another address."""

    transport: AnyTransport
    host: Host
    port: Port
    advertise: Host | None = None


class WebSocketSettings(Strict):
    """Which web pages may connect; `without_origin` = also clients that are no browser."""

    origins: Annotated[tuple[WebOrigin, ...], Listed, Unique, Field(max_length=64)] = ()
    without_origin: bool = False


class SipSettings(Strict):
    """Where the signalling listens: `transports` on the main address, `listeners` besides."""

    host: Host = "127.0.0.1"
    port: Port = 5060
    transports: Annotated[tuple[Plain, ...], Listed, Unique, Field(min_length=1)] = ("udp", "tcp")
    advertise: Host | None = None
    listeners: Annotated[tuple[ListenerSettings, ...], Listed, Field(max_length=10)] = ()
    certificate: PairSettings | None = None
    websocket: WebSocketSettings = WebSocketSettings()
    connections: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    connections_per_source: Annotated[int, Field(ge=1, le=100_000)] = 20
    edges: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=64)] = ()
