"""`media` of a tenant and of a trunk: codecs and encryption of the audio."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.types import Listed, Strict, Unique
from pbx.core.audio import DigitChoice, Treatment
from pbx.core.srtp import DTLS_SUITES, Suite
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_profile import MediaProfile, NatRule
from pbx.sip.media_security import Kind, Policy

CodecName = Literal["opus", "G722", "PCMA", "PCMU", "G729", "iLBC", "AMR", "AMR-WB", "L16", "L16/8000"]


_TREATMENTS: tuple[Treatment, ...] = ("denoise", "agc")
_OFFERS: dict[Policy, Kind] = {"off": "plain", "optional": "osrtp", "required": "sdes"}


class WrittenMedia(Strict):
    """Best codec first. `G729`, `iLBC`, `AMR`, `AMR-WB` are only ever passed from one party to the other."""

    codecs: Annotated[tuple[CodecName, ...], Listed, Unique, Field(min_length=1, max_length=10)] = (
        "opus",
        "G722",
        "PCMA",
        "PCMU",
        "G729",
    )
    srtp: Policy = "optional"
    srtp_suites: Annotated[tuple[Suite, ...], Listed, Unique, Field(min_length=1, max_length=6)] | None = None
    keying: Literal["sdes", "dtls"] = "sdes"
    digits: DigitChoice = "auto"
    denoise: bool = False
    agc: bool = False
    direct: bool = False
    nat: NatRule = "strict"

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        if self.keying == "dtls" and self.srtp == "off":
            raise ValueError("keying: dtls needs srtp: optional or required")
        return self

    @model_validator(mode="after")
    def _has_suites(self) -> Self:
        """What can never be agreed on is a mistake, not a wish."""
        if self.srtp_suites is None:
            return self
        if self.srtp == "off":
            raise ValueError("srtp_suites needs srtp: optional or required")
        if self.keying == "dtls" and set(DTLS_SUITES).isdisjoint(self.srtp_suites):
            raise ValueError(f"keying: dtls needs one of {', '.join(DTLS_SUITES)} in srtp_suites")
        return self

    @model_validator(mode="after")
    def _can_be_direct(self) -> Self:
        """What does not go through us we can neither protect nor treat."""
        if self.direct and (self.srtp == "required" or self.keying == "dtls" or self.denoise or self.agc):
            raise ValueError("direct: true needs srtp: off or optional by SDES, and neither denoise nor agc")
        return self

    def profile(self, peers: MediaPeers = ANYBODY) -> MediaProfile:
        """Return what the engine works with: who requires encryption offers nothing else."""
        offers: Kind = "dtls" if self.keying == "dtls" else _OFFERS[self.srtp]
        return MediaProfile(
            codecs=self.codecs,
            srtp=self.srtp,
            digits=self.digits,
            treatment=tuple(one for one in _TREATMENTS if getattr(self, one)),
            direct=self.direct,
            offers=offers,
            suites=self.srtp_suites or (),
            nat=self.nat,
            peers=peers,
        )
