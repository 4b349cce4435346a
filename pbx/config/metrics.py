"""`metrics` of `pbx.yaml`: where a monitoring system reads what the PBX counts; without it nobody can."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from pbx.config.transports import PairSettings
from pbx.config.types import Host, Port, Strict


class MetricsSettings(Strict):
    """Where it listens, whose token it wants, and by which certificate it speaks TLS."""

    host: Host = "127.0.0.1"
    port: Port = 9464
    token_file: Annotated[Path, Field(strict=False)] | None = None
    certificate: PairSettings | None = None

    @model_validator(mode="after")
    def _is_not_for_everybody(self) -> Self:
        if self.token_file is None and not ip_address(self.host).is_loopback:
            raise ValueError(f"on {self.host} everybody could read them: name a `token_file`")
        return self
