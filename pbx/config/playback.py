"""`playback` of `pbx.yaml`: the web server that plays recordings to who holds a link."""

from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import Field, model_validator

from pbx.config.transports import PairSettings
from pbx.config.types import Host, Port, PrivateUrl, Strict
from pbx.playback.exposure import exposed


class PlaybackSettings(Strict):
    """Where it listens, by which certificate, and `url`: how a browser reaches it, without a path.

    `behind_proxy`: a proxy in front of it speaks TLS, and names the browser in X-Forwarded-For.
    """

    host: Host = "127.0.0.1"
    port: Port = 8080
    url: Annotated[PrivateUrl, Field(max_length=256, pattern=r"^https?://[^\s@/?#]+$")] | None = None
    certificate: PairSettings | None = None
    behind_proxy: bool = False

    @model_validator(mode="after")
    def _is_not_in_the_clear(self) -> Self:
        if why := exposed(
            self.host, has_certificate=self.certificate is not None, behind_proxy=self.behind_proxy
        ):
            raise ValueError(why)
        if self.certificate is not None and self.behind_proxy:
            raise ValueError("behind_proxy is for a server without a certificate: its proxy has one")
        if self.url is None and ip_address(self.host).is_unspecified:
            raise ValueError(f"with host {self.host} a `url` is needed: links have to name the machine")
        return self

    @property
    def base(self) -> str:
        """What links begin with."""
        if self.url is not None:
            return self.url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"
