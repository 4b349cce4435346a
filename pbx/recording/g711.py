"""G.711 as the recorder needs it: octets of silence and translation between the two laws (ITU-T G.711)."""

from collections.abc import Mapping

from pbx.core.audio import Encoding

SILENCE: Mapping[Encoding, int] = {"PCMU": 0xFF, "PCMA": 0xD5}
_MU_BIAS = 132


def _mu_value(code: int) -> int:
    """Table 2a: the 16-bit value of a mu-law octet, which is sent inverted."""
    code ^= 0xFF
    magnitude = (((code & 15) << 3) + _MU_BIAS) << (code >> 4 & 7)
    return _MU_BIAS - magnitude if code & 0x80 else magnitude - _MU_BIAS


def _a_value(code: int) -> int:
    """Table 1a: the 16-bit value of an A-law octet, whose even bits are sent inverted."""
    code ^= 0x55
    segment = code >> 4 & 7
    step = ((code & 15) << 4) + 8
    magnitude = step if segment == 0 else (step + 256) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


VALUES: Mapping[Encoding, tuple[int, ...]] = {
    "PCMU": tuple(_mu_value(code) for code in range(256)),
    "PCMA": tuple(_a_value(code) for code in range(256)),
}


def _nearest(value: int, encoding: Encoding) -> int:
    silence = SILENCE[encoding]
    return min(range(256), key=lambda code: (abs(VALUES[encoding][code] - value), code != silence))


def _table(source: Encoding, target: Encoding) -> bytes:
    table = bytearray(_nearest(value, target) for value in VALUES[source])
    table[SILENCE[source]] = SILENCE[target]
    return bytes(table)


TABLES: Mapping[tuple[Encoding, Encoding], bytes] = {
    ("PCMU", "PCMA"): _table("PCMU", "PCMA"),
    ("PCMA", "PCMU"): _table("PCMA", "PCMU"),
}


def table(source: str, target: Encoding) -> bytes | None:
    """Return how to translate octets of a law; None when they stay as they are."""
    return next((table for laws, table in TABLES.items() if laws == (source, target)), None)


def translate(octets: bytes, source: Encoding, target: Encoding) -> bytes:
    """Return the samples in the other law, or as they are when the law is the same."""
    return octets if source == target else octets.translate(TABLES[source, target])
