"""The Privacy header: what a caller wants hidden (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1)."""

from pbx.sip.message import Request

CRITICAL = "critical"
# A B2BUA with its own dialogs and its own media hides all of this by being there.
SERVED = frozenset(("none", "id", "header", "user", "session", "history", CRITICAL))
_HIDING = frozenset(("id", "user", "header"))


def wishes_of(request: Request) -> frozenset[str]:
    """Return the values of every Privacy header, in lower case."""
    values = ";".join(request.headers.get_all("Privacy")).lower()
    return frozenset(values.replace(";", " ").replace(",", " ").split())


def hides_caller(wishes: frozenset[str]) -> bool:
    """Whether who calls is to be kept from the called party; `none` overrules nothing that is asked for."""
    return bool(wishes & _HIDING)


def cannot_serve(request: Request) -> bool:
    """Whether the call must fail with 500 rather than lose the privacy it asks for (RFC 3323 §5)."""
    if "Privacy" not in request.headers:
        return False
    wishes = wishes_of(request)
    return CRITICAL in wishes and not wishes <= SERVED
