"""The Identity header field: a PASSporT with the place of its certificate (RFC 8224 §4)."""

import re
from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.sip.grammar import find_param, parse_params

MAX_HEADER = 4096  # characters; a PASSporT in full form has about 500

_HEADER = re.compile(r"([A-Za-z0-9_\-.]+)[ \t]*(;.*)", re.ASCII | re.DOTALL)
_INFO = re.compile(r";[ \t]*info[ \t]*=[ \t]*<([^<>\"\s]{1,1024})>", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityHeader:
    """`token` in full or compact form, and the URL of its certificate.

    `ppt` only announces; what counts is the header inside a full token.
    """

    token: str
    info: str
    ppt: str = ""

    @property
    def is_compact(self) -> bool:
        """Whether header and payload are to be taken from the request."""
        return self.token.startswith("..")

    def __str__(self) -> str:
        ppt = f';ppt="{self.ppt}"' if self.ppt else ""
        return f"{self.token};info=<{self.info}>;alg=ES256{ppt}"


def parse_identity(value: str) -> IdentityHeader:
    """Return the header; ParseError 438 when it is malformed, 437 for another algorithm than ES256."""
    match = _HEADER.fullmatch(value.strip(" \t")) if len(value) <= MAX_HEADER else None
    if match is None:
        raise ParseError("malformed Identity", 438)
    info = _INFO.search(match[2])
    if info is None:
        raise ParseError("Identity without info", 436)
    try:
        params = parse_params(_INFO.sub("", match[2], count=1))
    except ParseError:
        raise ParseError("malformed Identity parameters", 438) from None
    if (find_param(params, "alg") or "ES256").upper() != "ES256":
        raise ParseError("Identity with another algorithm than ES256", 437)
    return IdentityHeader(token=match[1], info=info[1], ppt=find_param(params, "ppt") or "")
