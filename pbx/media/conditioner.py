"""Conditioner: what a party says without its noise, and at an even level, before others hear it."""

from webrtc_noise_gain import AudioProcessor

from pbx.core.audio import Treatment
from pbx.media.codecs.codec import NARROW, WIDE
from pbx.media.codecs.halfband import Narrow, Widen

_PIECE = WIDE // 100 * 2  # octets: the processor takes 10 ms of PCM16 at 16 kHz
_NOISE_SUPPRESSION = {False: 0, True: 2}  # 12 dB of 4 steps: more is heard in the voice
_AUTO_GAIN = {False: 0, True: 1}  # it adapts by itself; other numbers do the same


class Conditioner:
    """The stream of one party at 8 or 16 kHz; each call returns as many samples as it got.

    The processor is that of WebRTC: spectral noise suppression, and a gain that follows the voice at some
    2 dB a second. It holds back less than 20 ms.
    """

    __slots__ = ("_narrow", "_processor", "_widen", "sample_rate", "treatment")

    def __init__(self, treatment: tuple[Treatment, ...], sample_rate: int) -> None:
        """`treatment` is not empty."""
        self.treatment, self.sample_rate = treatment, sample_rate
        gain, suppression = _AUTO_GAIN["agc" in treatment], _NOISE_SUPPRESSION["denoise" in treatment]
        self._processor = AudioProcessor(gain, suppression)
        is_narrow = sample_rate == NARROW
        self._widen = Widen() if is_narrow else None
        self._narrow = Narrow() if is_narrow else None

    def feed(self, pcm: bytes) -> bytes:
        """Return the samples as others are to hear them; whole pieces of 10 ms."""
        wide = pcm if self._widen is None else self._widen.feed(pcm)
        pieces = (wide[at : at + _PIECE] for at in range(0, len(wide), _PIECE))
        done = b"".join(self._processor.Process10ms(piece).audio for piece in pieces)
        return done if self._narrow is None else self._narrow.feed(done)
