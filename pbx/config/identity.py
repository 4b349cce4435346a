"""How callers are presented and verified, as written in `trunks.yaml`, `tenant.yaml` and `pbx.yaml`."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pbx.config.types import Dialled, Domain, Listed, Strict, Unique
from pbx.core.errors import ParseError
from pbx.sip.header_map import header_key
from pbx.sip.identity.header_rules import MAX_EXTRA, MAX_VALUE, RESERVED, HeaderRules
from pbx.sip.identity.profile import (
    DiversionForm,
    Forwarded,
    NumberFormat,
    Redirects,
    SendIdentity,
    StirPolicy,
    TrunkProfile,
)
from pbx.sip.stir.signer import Level
from pbx.sip.stir.x5u import parse_x5u


def _free(name: str) -> str:
    if header_key(name) in RESERVED:
        raise ValueError(f"{name} is written by the PBX itself")
    return name


def _https(url: str) -> str:
    try:
        parse_x5u(url)
    except ParseError as error:
        raise ValueError(str(error).replace("x5u", "the URL")) from None
    return url


HeaderPattern = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,62}\*?$"), AfterValidator(_free)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$"), AfterValidator(_free)]
HeaderValue = Annotated[str, Field(pattern=rf"^[^\x00-\x1f\x7f]{{1,{MAX_VALUE}}}$")]
Patterns = Annotated[tuple[HeaderPattern, ...], Listed, Unique, Field(max_length=64)]


class WrittenIdentity(Strict):
    """`identity` of a trunk."""

    send: SendIdentity = "none"
    numbers: NumberFormat = "e164"
    phone_uris: bool = False
    diversion: DiversionForm = "none"
    redirects: Redirects = "refuse"
    forwarded: Forwarded = "own"
    verify: StirPolicy = "off"
    sign: bool = False


class WrittenRules(Strict):
    """Header fields in one direction."""

    pass_: Patterns = Field(default=(), alias="pass")
    remove: Patterns = ()
    set_: Annotated[dict[HeaderName, HeaderValue], Field(max_length=MAX_EXTRA)] = Field(
        default_factory=dict, alias="set"
    )

    def build(self) -> HeaderRules:
        """Return the rules."""
        return HeaderRules(passes=self.pass_, removes=self.remove, sets=tuple(self.set_.items()))


class WrittenHeaders(Strict):
    """`headers` of a trunk: `in` is what its calls bring, `out` is what calls to it carry."""

    in_: WrittenRules = Field(default_factory=WrittenRules, alias="in")
    out: WrittenRules = Field(default_factory=WrittenRules)


class SigningSettings(Strict):
    """`stir` of `tenant.yaml`: the key that signs the tenant's calls, and how sure he is of numbers."""

    certificate_url: Annotated[str, AfterValidator(_https)]
    key_file: Annotated[Path, Field(strict=False)]
    origid: (
        Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
        | None
    ) = None
    own: Annotated[tuple[Dialled, ...], Listed, Unique, Field(max_length=1000)] = ()
    levels: Annotated[dict[Dialled, Level], Field(max_length=1000)] = Field(default_factory=dict)
    known: Level = "B"
    gateway: Literal["C", "off"] = "C"


class StirTrust(Strict):
    """`stir` of `pbx.yaml`: whose certificates count, and where they may be fetched."""

    trust_anchors: Annotated[Path, Field(strict=False)] | None = None
    hosts: Annotated[tuple[Domain, ...], Listed, Unique, Field(max_length=256)] = ()
    revocation: Literal["off", "soft", "hard"] = "soft"
    crl_issuers: Annotated[Path, Field(strict=False)] | None = None

    @model_validator(mode="after")
    def _useful(self) -> Self:
        if self.hosts and self.trust_anchors is None:
            raise ValueError("hosts without trust_anchors: no certificate could be trusted")
        if self.crl_issuers is not None and (self.trust_anchors is None or self.revocation == "off"):
            raise ValueError("crl_issuers, and no list of revocations is ever looked at")
        return self


def build_profile(
    identity: WrittenIdentity, headers: WrittenHeaders, country: str, *, trusted: bool
) -> TrunkProfile:
    """Return the profile of a trunk at home in `country`."""
    return TrunkProfile(
        country=country,
        trusted=trusted,
        sends=identity.send,
        numbers=identity.numbers,
        phone_uris=identity.phone_uris,
        diversion=identity.diversion,
        redirects=identity.redirects,
        forwarded=identity.forwarded,
        stir=identity.verify,
        takes=headers.in_.build(),
        gives=headers.out.build(),
    )
