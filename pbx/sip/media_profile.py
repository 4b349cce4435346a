"""MediaProfile: what the audio of a trunk, an extension or anybody else may be."""

from dataclasses import dataclass

from pbx.core.audio import DigitChoice, Treatment
from pbx.core.srtp import DTLS_SUITES, Suite
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_security import Kind, Policy
from pbx.sip.rtp_codecs import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProfile:
    """What a party's audio may be: codecs by name, best first, and whether it is encrypted.

    `offers` = how we protect audio when we call; a session that is up keeps to how it is protected. `suites`
    = the only ones of SRTP, best first; () = all.
    """

    codecs: tuple[str, ...] = DEFAULT
    srtp: Policy = "off"
    digits: DigitChoice = "auto"  # which kinds count
    treatment: tuple[Treatment, ...] = ()  # of what others hear of it
    direct: bool = False
    offers: Kind = "plain"
    suites: tuple[Suite, ...] = ()

    @property
    def may_use_dtls(self) -> bool:
        """Whether DTLS has a suite that the party may have, if it may be encrypted at all."""
        return self.srtp != "off" and not (self.suites and set(DTLS_SUITES).isdisjoint(self.suites))

    peers: MediaPeers = ANYBODY


PLAIN = MediaProfile()
