"""Where parties and recorder may be: `consent` of `pbx.yaml`, `places` of `consent.yaml`."""

from base64 import b64decode
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from pbx.config.types import Cidr, ExtensionNumber, Strict
from pbx.consent.places import Places

KEY_OCTETS = 32  # RFC 8032 §5.1.5
MAX_NETWORKS = 1_000  # of one tenant: each call of an extension looks through them
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]


def _public_key(value: str) -> str:
    try:
        octets = b64decode(value, validate=True)
    except ValueError:
        octets = b""
    if len(octets) != KEY_OCTETS:
        raise ValueError(f"expected the {KEY_OCTETS} octets of an Ed25519 public key in base64")
    return value


class LawSettings(Strict):
    """`consent` of `pbx.yaml`: `recorder` is the region that this machine records in.

    `rules_file` has an operator's own rules, signed by the Ed25519 key `signed_by` (base64 of 32 octets).
    """

    recorder: Region | None = None
    rules_file: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    signed_by: Annotated[str, AfterValidator(_public_key)] | None = None

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.rules_file is None) != (self.signed_by is None):
            raise ValueError(
                "rules_file and signed_by belong together: no rules are taken without a signature"
            )
        return self


class WrittenPlaces(Strict):
    """`places` of `consent.yaml`: where an extension works, and where a network of telephones is."""

    extensions: dict[ExtensionNumber, Region] = Field(default_factory=dict)
    networks: Annotated[dict[Cidr, Region], Field(max_length=MAX_NETWORKS)] = Field(default_factory=dict)

    def build(self, recorder: Region | None) -> Places:
        """What a call has to know."""
        networks = tuple((ip_network(network), region) for network, region in self.networks.items())
        return Places(work=self.extensions, networks=networks, recorder=recorder or "")
