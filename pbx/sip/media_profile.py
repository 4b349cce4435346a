"""MediaProfile: what the audio of a trunk, an extension or anybody else may be."""

from dataclasses import dataclass

from pbx.core.audio import DigitChoice, Treatment
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_security import Kind, Policy
from pbx.sip.rtp_codecs import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProfile:
    """What a party's audio may be: codecs by name, best first, and whether it is encrypted.

    `offers` = how we protect audio when we call; a session that is up keeps to how it is protected.
    """

    codecs: tuple[str, ...] = DEFAULT
    srtp: Policy = "off"
    digits: DigitChoice = "auto"  # which kinds count
    treatment: tuple[Treatment, ...] = ()  # of what others hear of it
    direct: bool = False
    offers: Kind = "plain"
    peers: MediaPeers = ANYBODY


PLAIN = MediaProfile()
