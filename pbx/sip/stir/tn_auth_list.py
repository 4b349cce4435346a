"""TNAuthorizationList: the numbers that a certificate speaks for (RFC 8226 §9)."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.x509 import Certificate, ExtensionNotFound, ObjectIdentifier, UnrecognizedExtension

from pbx.core.errors import ParseError
from pbx.sip.stir.telephone import is_canonical

OID = ObjectIdentifier("1.3.6.1.5.5.7.1.26")
MAX_ENTRIES = 1024
MAX_OCTETS = 65_535

_SEQUENCE, _INTEGER, _IA5 = 0x30, 0x02, 0x16
_SPC, _RANGE, _ONE = 0xA0, 0xA1, 0xA2  # explicit tags of the CHOICE TNEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class TnAuthList:
    """`codes` are service providers, whose numbers stand in no certificate; `ranges` are (first, count)."""

    codes: tuple[str, ...] = ()
    ranges: tuple[tuple[str, int], ...] = ()

    def covers(self, number: str) -> bool:
        """Whether the holder may speak for canonical `number`.

        A provider's code covers every number: which ones are assigned to it is known to the authority that
        issued the certificate, not to us.
        """
        return bool(self.codes) or any(
            len(first) == len(number) and 0 <= int(number) - int(first) < count
            for first, count in self.ranges
        )


def tn_auth_list(certificate: Certificate) -> TnAuthList | None:
    """Return the list of a certificate, None when it has none; ParseError 437 when it is malformed."""
    try:
        extension = certificate.extensions.get_extension_for_oid(OID).value
    except ExtensionNotFound:
        return None
    except ValueError:
        raise ParseError("a certificate with malformed extensions", 437) from None
    assert isinstance(extension, UnrecognizedExtension)
    return parse_tn_auth_list(extension.value)


def parse_tn_auth_list(octets: bytes) -> TnAuthList:
    """Return the list in DER; ParseError 437."""
    codes: list[str] = []
    ranges: list[tuple[str, int]] = []
    for count, (tag, content) in enumerate(_elements(_only(octets, _SEQUENCE)), 1):
        if count > MAX_ENTRIES:
            raise ParseError(f"a TNAuthList of more than {MAX_ENTRIES} entries", 437)
        if tag == _SPC:
            codes.append(_ascii(_only(content, _IA5)))
        elif tag == _ONE:
            ranges.append((_number(_only(content, _IA5)), 1))
        elif tag == _RANGE:
            ranges.append(_range(_only(content, _SEQUENCE)))
        else:
            raise ParseError("a TNAuthList with an unknown entry", 437)
    if not codes and not ranges:
        raise ParseError("an empty TNAuthList", 437)
    return TnAuthList(codes=tuple(codes), ranges=tuple(ranges))


def _range(octets: bytes) -> tuple[str, int]:
    parts = list(_elements(octets))
    if [tag for tag, _ in parts] != [_IA5, _INTEGER]:
        raise ParseError("a malformed range of numbers", 437)
    first, count = _number(parts[0][1]), int.from_bytes(parts[1][1], "big", signed=True)
    if count < 2:  # RFC 8226 §9: INTEGER (2..MAX)
        raise ParseError("a range of fewer than two numbers", 437)
    return first, count


def _only(octets: bytes, tag: int) -> bytes:
    parts = list(_elements(octets))
    if len(parts) != 1 or parts[0][0] != tag:
        raise ParseError("a malformed TNAuthList", 437)
    return parts[0][1]


def _elements(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (tag, content) of each DER element; one-octet tags and definite lengths are all there is."""
    position = 0
    while position < len(octets):
        header, start = octets[position : position + 2], position + 2
        if len(header) < 2:
            raise ParseError("a TNAuthList that ends early", 437)
        tag, length = header
        if length >= 0x80:
            n_octets = length - 0x80
            digits = octets[start : start + n_octets]
            if not 1 <= n_octets <= 3 or len(digits) != n_octets or digits[0] == 0:
                raise ParseError("a TNAuthList with a malformed length", 437)
            length, start = int.from_bytes(digits, "big"), start + n_octets
        position = start + length
        if position > len(octets):
            raise ParseError("a TNAuthList that ends early", 437)
        yield tag, octets[start:position]


def _ascii(octets: bytes) -> str:
    text = octets.decode("latin-1")
    if not 0 < len(text) <= 64 or not text.isascii() or not text.isprintable():
        raise ParseError("a TNAuthList with a malformed code", 437)
    return text


def _number(octets: bytes) -> str:
    number = _ascii(octets)
    if not is_canonical(number):
        raise ParseError("a TNAuthList with a malformed number", 437)
    return number
