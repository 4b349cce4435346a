"""a=crypto of RFC 4568: keys of SRTP in the session description."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbx.core.errors import ParseError, PeerViolation
from pbx.core.ids import Ids
from pbx.core.secret import Secret
from pbx.core.srtp import SUITES, SdesKeys, Suite
from pbx.sip.sdp import Media

MAX_LINES = 16  # of one m= line; telephones with every suite and every session parameter have eight
MAX_LINE = 512  # octets; the longest useful one has about 160
MIN_LIFETIME = 1 << 20  # packets, almost six hours of 20 ms; a shorter-lived key would end within a call
MAX_LIFETIME = 1 << 48  # RFC 3711 §9.2
MAX_MKI = 1 << 64
NOT_ACCEPTABLE = 488

_LINE = re.compile(
    r"(?P<tag>[1-9][0-9]{0,8}|0) +(?P<suite>[A-Za-z0-9_]+) +(?P<keys>[!-~]+)(?P<rest>( +[!-~]+)*) *"
)
_INLINE = re.compile(
    r"inline:(?P<key>[A-Za-z0-9+/]+={0,2})"
    r"(\|(?P<lifetime>2\^[0-9]{1,2}|[0-9]{1,15}))?"
    r"(\|(?P<mki>[0-9]{1,20}):(?P<mki_bytes>[0-9]{1,3}))?"
)
# RFC 4568 §6.3.7: a window hint of at least 64 changes nothing for us. The other parameters would switch
# off encryption or authentication, or make keys in a way that we do not.
_HARMLESS = re.compile(r"WSH=(6[4-9]|[7-9][0-9]|[1-9][0-9]{2,8})|-[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoAttribute:
    """One line: the suite and the key that its sender protects with; `mki` in hexadecimal, "" = none."""

    tag: int
    suite: Suite
    key: Secret[str]
    mki: str = ""

    def format(self) -> str:
        """Return the value of our own line, which has neither MKI nor session parameters."""
        return f"{self.tag} {self.suite} inline:{self.key.reveal()}"


def new_crypto(tag: int, suite: Suite, ids: Ids) -> CryptoAttribute:
    """Return a line of ours with a fresh key; an answer repeats the tag of the line it accepts (§5.1.2)."""
    master = ids.octets(SUITES[suite].master_bytes)
    return CryptoAttribute(tag=tag, suite=suite, key=Secret(base64.b64encode(master).decode()))


def offer_crypto(policy: Sequence[Suite], ids: Ids) -> tuple[CryptoAttribute, ...]:
    """Return one line per suite, tags from 1, the preferred suite first (§5.1.1)."""
    return tuple(new_crypto(tag, suite, ids) for tag, suite in enumerate(policy, 1))


def parse_crypto(text: str) -> CryptoAttribute:
    """Return the line; ParseError 488 for one that is malformed or that asks for what we do not do."""
    line = _LINE.fullmatch(text) if len(text) <= MAX_LINE else None
    if line is None:
        raise ParseError("malformed a=crypto", NOT_ACCEPTABLE)
    suite = next((one for one in SUITES if one == line["suite"]), None)
    if suite is None:
        raise ParseError("a=crypto with an unknown suite", NOT_ACCEPTABLE)
    # RFC 4568 §6.3.8: an unknown session parameter makes the line unusable unless it begins with a hyphen.
    if not all(map(_HARMLESS.fullmatch, line["rest"].split())):
        raise ParseError("a=crypto with a session parameter that we do not offer", NOT_ACCEPTABLE)
    key, mki = _inline(line["keys"], suite)
    return CryptoAttribute(tag=int(line["tag"]), suite=suite, key=key, mki=mki)


def offered_crypto(media: Media) -> tuple[CryptoAttribute, ...]:
    """Return the usable lines in order; others are passed over (§5.1.2), and so is a tag used twice."""
    usable: dict[int, CryptoAttribute] = {}
    for text in media.values("crypto")[:MAX_LINES]:
        try:
            line = parse_crypto(text)
        except ParseError:
            continue
        usable.setdefault(line.tag, line)
    return tuple(usable.values())


def choose_crypto(offered: Sequence[CryptoAttribute], policy: Sequence[Suite]) -> CryptoAttribute | None:
    """Return the line of the suite that comes first in `policy`; None when no line has a suite of it."""
    by_suite = {line.suite: line for line in reversed(offered)}
    return next((by_suite[suite] for suite in policy if suite in by_suite), None)


def accepted_crypto(
    ours: Sequence[CryptoAttribute], answer: Media
) -> tuple[CryptoAttribute, CryptoAttribute]:
    """Return our line and the peer's that agree; PeerViolation 488 when the answer is not one of the offer.

    RFC 4568 §5.1.3: exactly one line, with the tag and the suite of one that was offered.
    """
    texts = answer.values("crypto")
    if len(texts) != 1:
        raise PeerViolation("the answer has not exactly one a=crypto", NOT_ACCEPTABLE)
    theirs = parse_crypto(texts[0])
    for line in ours:
        if (line.tag, line.suite) == (theirs.tag, theirs.suite):
            return line, theirs
    raise PeerViolation("the answer has an a=crypto that was not offered", NOT_ACCEPTABLE)


def sdes_keys(ours: CryptoAttribute, theirs: CryptoAttribute) -> SdesKeys:
    """Return what the media plane needs of two lines that agree; PeerViolation 488 for our own key sent back.

    With one key for both directions the keystream would be used twice.
    """
    if ours.key == theirs.key:
        raise PeerViolation("a=crypto repeats our own key", NOT_ACCEPTABLE)
    return SdesKeys(suite=theirs.suite, local=ours.key, remote=theirs.key, remote_mki=theirs.mki)


def _inline(text: str, suite: Suite) -> tuple[Secret[str], str]:
    inline = _INLINE.fullmatch(text)  # several keys, divided by ";", do not match: we have one at a time
    if inline is None:
        raise ParseError("a=crypto without exactly one well-formed inline key", NOT_ACCEPTABLE)
    try:
        master = base64.b64decode(inline["key"], validate=True)
    except binascii.Error:
        raise ParseError("a=crypto with a key that is not base64", NOT_ACCEPTABLE) from None
    if len(master) != SUITES[suite].master_bytes:
        raise ParseError("a=crypto with a key of the wrong length", NOT_ACCEPTABLE)
    if not MIN_LIFETIME <= _lifetime(inline["lifetime"]) <= MAX_LIFETIME:
        raise ParseError("a=crypto with a key that lives too short or too long", NOT_ACCEPTABLE)
    return Secret(base64.b64encode(master).decode()), _mki(inline["mki"], inline["mki_bytes"])


def _lifetime(text: str | None) -> int:
    if text is None:
        return MAX_LIFETIME
    return 1 << int(text[2:]) if text.startswith("2^") else int(text)


def _mki(text: str | None, n_bytes: str | None) -> str:
    """Return the identifier as it stands in packets: a big-endian number of the given length (§6.1)."""
    if text is None or n_bytes is None:
        return ""
    number, length = int(text), int(n_bytes)
    # 128 octets are allowed by the grammar; nobody has more than a few keys.
    if not 1 <= length <= 8 or number >= min(1 << 8 * length, MAX_MKI):
        raise ParseError("a=crypto with an MKI of an impossible length", NOT_ACCEPTABLE)
    return number.to_bytes(length, "big").hex()
