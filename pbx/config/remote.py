"""`media.remote` of `pbx.yaml`: media workers on other machines."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from pbx.config.transports import PairSettings
from pbx.config.types import Domain, Duration, HostName, Listed, Port, Strict

MAX_REMOTE = 64  # as many as there may be here; more want another PBX


class RemoteSettings(Strict):
    """Where a worker listens, whom its certificate has to name, and how long its calls wait for it.

    `name` None = `host`. `ca` signs its certificate, `certificate` is what we show it.
    """

    host: HostName
    port: Port
    name: Domain | None = None
    ca: Annotated[Path, Field(strict=False)]
    certificate: PairSettings
    relink_s: Annotated[Duration, Field(ge=1, le=60)] = Field(default=6.0, alias="relink")

    @property
    def expected_name(self) -> str:
        """The DNS name or address that the certificate has to be for."""
        return self.name or self.host


Remotes = Annotated[tuple[RemoteSettings, ...], Listed, Field(max_length=MAX_REMOTE)]


def repeated(remotes: tuple[RemoteSettings, ...]) -> str:
    """Return the first address that is there twice, "" = none: a worker serves one connection."""
    places = [f"{one.host} port {one.port}" for one in remotes]
    return next((place for i, place in enumerate(places) if place in places[:i]), "")
