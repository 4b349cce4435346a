"""Causes of the telephone network (Q.850) and SIP statuses, as RFC 3398 §7.2.4.1 and §8.2.6.1 map them."""

from collections.abc import Mapping
from typing import Literal

NORMAL = 16  # normal call clearing
UNSPECIFIED = 31  # normal, unspecified
UNAVAILABLE = 480

Ending = Literal["busy", "no_answer", "declined", "congestion", "unknown_number"]
# SIP status and Q.850 cause of each word that a flow may end a call with.
ENDINGS: Mapping[Ending, tuple[int, int]] = {
    "busy": (486, 17),
    "no_answer": (480, 19),
    "declined": (603, 21),
    "congestion": (503, 42),
    "unknown_number": (404, 1),
}

SIP_OF_Q850: Mapping[int, int] = {
    1: 404,  # unallocated number
    2: 404,  # no route to network
    3: 404,  # no route to destination
    17: 486,  # user busy
    18: 408,  # no user responding
    19: 480,  # no answer from the user
    20: 480,  # subscriber absent
    21: 403,  # call rejected
    22: 410,  # number changed
    23: 410,  # redirection to new destination
    26: 404,  # non-selected user clearing
    27: 502,  # destination out of order
    28: 484,  # address incomplete
    29: 501,  # facility rejected
    31: 480,  # normal, unspecified
    34: 503,  # no circuit available
    38: 503,  # network out of order
    41: 503,  # temporary failure
    42: 503,  # switching equipment congestion
    47: 503,  # resource unavailable
    55: 403,  # incoming calls barred within the closed user group
    57: 403,  # bearer capability not authorised
    58: 503,  # bearer capability not presently available
    65: 488,  # bearer capability not implemented
    70: 488,  # only restricted digital information available
    79: 501,  # service or option not implemented
    87: 403,  # user not member of the closed user group
    88: 503,  # incompatible destination
    102: 504,  # recovery on timer expiry
    111: 500,  # protocol error
    127: 500,  # interworking
}

Q850_OF_SIP: Mapping[int, int] = {
    400: 41,
    401: 21,
    402: 21,
    403: 21,
    404: 1,
    405: 63,
    406: 79,
    407: 21,
    408: 102,
    410: 22,
    413: 127,
    414: 127,
    415: 79,
    416: 127,
    420: 127,
    421: 127,
    423: 127,
    480: 18,
    481: 41,
    482: 25,
    483: 25,
    484: 28,
    485: 1,
    486: 17,
    488: 31,
    500: 41,
    501: 79,
    502: 38,
    503: 41,
    504: 102,
    505: 127,
    513: 127,
    600: 17,
    603: 21,
    604: 1,
    606: 31,
}


def to_q850(status: int) -> int:
    """Return the Q.850 cause of a SIP status; 31 for other failures, 0 for what is none."""
    return Q850_OF_SIP.get(status, UNSPECIFIED if status >= 400 and status != 487 else 0)


def to_sip(q850: int) -> int:
    """Return the SIP status of a Q.850 cause: by number, else by its class; 0 for a normal clearing."""
    if q850 in (0, NORMAL):
        return 0
    found = SIP_OF_Q850.get(q850)
    if found is not None:
        return found
    return UNAVAILABLE if q850 < 32 else 503 if q850 < 64 else 500  # classes of Q.850 §2.2.6.1
