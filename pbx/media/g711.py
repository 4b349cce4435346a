"""G.711 by tables: PCM16 (little-endian) to and from mu-law and A-law, and one law to the other.

The tables are built at import, in a millisecond or two: nearly every process of the PBX begins with it.
Source: ITU-T G.711 tables 1a-2b, RFC 3551 §4.5.14.
"""

import numpy as np
import numpy.typing as npt

from pbx.core.audio import Encoding

SAMPLE_RATE = 8000
_MU_BIAS = 0x84
_MU_CLIP = 32635


_Numbers = npt.NDArray[np.int32]
_EVERY_CODE = np.arange(256, dtype=np.int32)
_EVERY_SAMPLE = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)  # by its word


def _mu_to_linear(code: _Numbers) -> _Numbers:
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _MU_BIAS) << ((code & 0x70) >> 4)) - _MU_BIAS
    return _signed(magnitude, code & 0x80 != 0)


def _linear_to_mu(sample: _Numbers) -> _Numbers:
    sign = np.where(sample < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(sample), _MU_CLIP) + _MU_BIAS
    exponent = _bit_length(magnitude) - 8
    code: _Numbers = ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 0x0F) & 0xFF
    return code


def _a_to_linear(code: _Numbers) -> _Numbers:
    code = code ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0))
    return _signed(magnitude, code & 0x80 == 0)


def _linear_to_a(sample: _Numbers) -> _Numbers:
    sign = np.where(sample >= 0, 0x80, 0)
    magnitude = np.where(sample >= 0, sample, -sample - 1)
    exponent = np.maximum(_bit_length(magnitude) - 8, 0)
    mantissa = magnitude >> np.where(exponent == 0, 4, exponent + 3)
    code: _Numbers = (sign | exponent << 4 | mantissa & 0x0F) ^ 0x55
    return code


def _bit_length(number: _Numbers) -> _Numbers:
    exponent: _Numbers = np.frexp(number)[1]
    return exponent


def _signed(magnitude: _Numbers, is_negative: npt.NDArray[np.bool_]) -> _Numbers:
    return magnitude * np.where(is_negative, -1, 1).astype(np.int32)


def _octets(numbers: _Numbers) -> bytes:
    return numbers.astype(np.uint8).tobytes()


_LAWS: tuple[Encoding, Encoding] = ("PCMU", "PCMA")
_VALUES = {"PCMU": _mu_to_linear(_EVERY_CODE), "PCMA": _a_to_linear(_EVERY_CODE)}
_CODES: dict[Encoding, bytes] = {
    "PCMU": _octets(_linear_to_mu(_EVERY_SAMPLE)),
    "PCMA": _octets(_linear_to_a(_EVERY_SAMPLE)),
}
# One table lookup by NumPy is 1.5 us for 20 ms; the same with map() over an array is 13.
DECODE = {law: _VALUES[law].astype("<i2") for law in _LAWS}
ENCODE = {law: np.frombuffer(_CODES[law], np.uint8) for law in _LAWS}
MU_TO_A = _octets(_linear_to_a(_VALUES["PCMU"]))
A_TO_MU = _octets(_linear_to_mu(_VALUES["PCMA"]))
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
