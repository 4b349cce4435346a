"""A dialled string as it arrives in a Request-URI, and the telephone number it means."""

import re

from pbx.core.phone import full_number

__all__ = ["dialled", "full_number", "spoken"]

MAX_DIALLED = 32  # 15 digits of E.164, prefixes, and generous visual separators
_VISUAL_SEPARATORS = str.maketrans("", "", "-.() ")  # RFC 3966 §5.1.1, and the space people type
_DIALLABLE = re.compile(r"\+?[0-9]+|\*[0-9*#]*", re.ASCII)


def dialled(called: str) -> str | None:
    """Return `called` without parameters and separators, or None when no telephone could have dialled it."""
    if len(called) > MAX_DIALLED:
        return None
    digits = called.partition(";")[0].translate(_VISUAL_SEPARATORS)
    return digits if _DIALLABLE.fullmatch(digits) else None


def spoken(announce: str, slot: str) -> str:
    """Return an announcement with its slot digit by digit: nobody says seven hundred and one."""
    return announce.replace("{slot}", " ".join(slot))
