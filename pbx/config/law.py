"""Where parties and recorder may be: `consent` of `pbx.yaml`, `places` of `consent.yaml`."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import Field

from pbx.config.types import Cidr, ExtensionNumber, Strict
from pbx.consent.places import Places

MAX_NETWORKS = 1_000  # of one tenant: each call of an extension looks through them
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]


class LawSettings(Strict):
    """`consent` of `pbx.yaml`: `recorder` is the region that this machine records in."""

    recorder: Region | None = None


class WrittenPlaces(Strict):
    """`places` of `consent.yaml`: where an extension works, and where a network of telephones is."""

    extensions: dict[ExtensionNumber, Region] = Field(default_factory=dict)
    networks: Annotated[dict[Cidr, Region], Field(max_length=MAX_NETWORKS)] = Field(default_factory=dict)

    def build(self, recorder: Region | None) -> Places:
        """What a call has to know."""
        networks = tuple((ip_network(network), region) for network, region in self.networks.items())
        return Places(work=self.extensions, networks=networks, recorder=recorder or "")
