"""The `sip` section of `pbx.yaml`: listeners, certificates, WebSocket and limits."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.types import Cidr, Duration, Host, Listed, Plain, Port, Strict, Unique, WebOrigin

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


class SessionSettings(Strict):
    """What INVITE sessions ask of every peer: acknowledged provisional responses, session timers."""

    reliable: Literal["never", "supported", "required"] = "supported"
    timer: Literal["on", "off"] = "on"
    expires_s: Annotated[Duration, Field(ge=90, le=86_400)] = Field(default=1800.0, alias="expires")
    min_expires_s: Annotated[Duration, Field(ge=90, le=3600)] = Field(default=90.0, alias="min_expires")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.min_expires_s > self.expires_s:
            raise ValueError("min_expires is longer than expires")
        return self


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
    session: SessionSettings = SessionSettings()
    edges: Annotated[tuple[Cidr, ...], Listed, Unique, Field(max_length=64)] = ()
