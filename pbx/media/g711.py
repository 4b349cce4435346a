"""G.711 by tables: PCM16 (little-endian) to and from mu-law and A-law, and one law to the other.

The tables are built once at import. Source: ITU-T G.711 tables 1a-2b, RFC 3551 §4.5.14.
"""

import numpy as np

from pbx.core.audio import Encoding

SAMPLE_RATE = 8000
_MU_BIAS = 0x84
_MU_CLIP = 32635


def _mu_to_linear(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _MU_BIAS) << ((code & 0x70) >> 4)
    return _MU_BIAS - magnitude if code & 0x80 else magnitude - _MU_BIAS


def _linear_to_mu(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), _MU_CLIP) + _MU_BIAS
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF


def _a_to_linear(code: int) -> int:
    code ^= 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = mantissa + 8 if exponent == 0 else (mantissa + 0x108) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


def _linear_to_a(sample: int) -> int:
    sign, magnitude = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    magnitude = min(magnitude, 32767)
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = magnitude >> 4 if exponent == 0 else magnitude >> (exponent + 3)
    return (sign | exponent << 4 | mantissa & 0x0F) ^ 0x55


def _signed(word: int) -> int:
    return word - 0x10000 if word & 0x8000 else word


_LAWS: tuple[Encoding, Encoding] = ("PCMU", "PCMA")
_VALUES: dict[Encoding, list[int]] = {
    "PCMU": [_mu_to_linear(code) for code in range(256)],
    "PCMA": [_a_to_linear(code) for code in range(256)],
}
_CODES: dict[Encoding, bytes] = {
    "PCMU": bytes(_linear_to_mu(_signed(word)) for word in range(65536)),
    "PCMA": bytes(_linear_to_a(_signed(word)) for word in range(65536)),
}
# One table lookup by NumPy is 1.5 us for 20 ms; the same with map() over an array is 13.
DECODE = {law: np.array(_VALUES[law], "<i2") for law in _LAWS}
ENCODE = {law: np.frombuffer(_CODES[law], np.uint8) for law in _LAWS}
MU_TO_A = bytes(_linear_to_a(value) for value in _VALUES["PCMU"])
A_TO_MU = bytes(_linear_to_mu(value) for value in _VALUES["PCMA"])
SILENCE: dict[Encoding, int] = {law: _CODES[law][0] for law in _LAWS}
_WORD, _OCTET = np.dtype("<u2"), np.dtype("u1")


def encode(pcm: bytes, encoding: Encoding) -> bytes:
    """Return G.711 octets of PCM16 little-endian samples; an odd last octet is ignored."""
    words = np.frombuffer(pcm, _WORD, len(pcm) // 2)
    return ENCODE[encoding].take(words).tobytes()


def decode(octets: bytes, encoding: Encoding) -> bytes:
    """Return PCM16 little-endian samples of G.711 octets."""
    return DECODE[encoding].take(np.frombuffer(octets, _OCTET)).tobytes()


def translation(source: Encoding, target: Encoding) -> bytes | None:
    """Return the `bytes.translate` table from one law to the other, None when nothing has to change."""
    if source == target:
        return None
    return MU_TO_A if source == "PCMU" else A_TO_MU
