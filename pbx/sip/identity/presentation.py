"""Presentation: the headers that say who calls, to a neighbour who may or may not be told."""

from dataclasses import dataclass

from pbx.sip.headers import NameAddr
from pbx.sip.identity.display import clean_display
from pbx.sip.identity.number_form import number_uri
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.responses import Fields

ANONYMOUS = "sip:anonymous@anonymous.invalid"  # RFC 3323 §4.1.1.3
ANONYMOUS_DISPLAY = "Anonymous"
_PAI, _PPI, _RPID = "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID"
_HEADERS = {"none": (), "pai": (_PAI,), "ppi": (_PPI,), "rpid": (_RPID,), "both": (_PAI, _RPID)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerShown:
    """`number` is E.164 or an extension, "" = none; `private` = the called party must not learn it."""

    number: str
    display: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """From, and the fields beside it."""

    from_uri: str
    from_display: str
    fields: Fields = ()


def present(caller: CallerShown, profile: TrunkProfile, domain: str) -> Presentation:
    """Return how `caller` of our `domain` is presented.

    A private number goes to nobody but a peer that promised to keep it, and then with the wish beside it
    (RFC 3325 §7); the From says nothing at all.
    """
    uri = number_uri(caller.number, domain, profile) if caller.number else f"sip:anonymous@{domain}"
    display = clean_display(caller.display)
    if not caller.private:
        fields = tuple((name, _identity(name, display, uri, "off")) for name in _HEADERS[profile.sends])
        return Presentation(from_uri=uri, from_display=display, fields=fields if caller.number else ())
    wish: Fields = (("Privacy", "id"),)
    if caller.number and profile.trusted:
        wish += tuple((name, _identity(name, "", uri, "full")) for name in _HEADERS[profile.sends])
    return Presentation(from_uri=ANONYMOUS, from_display=ANONYMOUS_DISPLAY, fields=wish)


def _identity(name: str, display: str, uri: str, privacy: str) -> str:
    value = str(NameAddr(display, uri))
    return f"{value};party=calling;privacy={privacy};screen=yes" if name == _RPID else value
