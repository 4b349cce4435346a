"""What becomes of each torture message when a trunk of ours sends it: the outcome that the RFC prescribes.

`CALL` = taken as a new call, `SILENCE` = dropped, a number = the status it is answered with. Where the RFC
leaves a choice, the comment says which one is ours.
"""

from typing import Final

CALL: Final = 1
SILENCE: Final = 0

VERDICTS: dict[str, dict[str, int]] = {
    "4475": {
        # 3.1.1: valid
        "wsinv": 481,  # a To tag, and no such dialog
        "intmeth": 405,  # accepted; the method is nobody's
        "esc01": CALL,
        "escnull": 404,  # accepted; no user is called NUL
        "esc02": 405,  # accepted; an escaped letter does not make it a REGISTER
        "lwsdisp": 200,
        "longreq": CALL,
        "dblreq": 401,  # the first request counts, the rest of the datagram does not
        "semiuri": 200,
        "transports": 200,
        "mpart01": 405,  # accepted; we take no MESSAGE
        "unreason": SILENCE,  # accepted; a response of no transaction
        "noreason": SILENCE,
        # 3.1.2: invalid
        "badinv01": 400,
        "clerr": 400,  # by UDP; a stream waits for the rest until its deadline
        "ncl": 400,
        "scalar02": 400,
        "scalarlg": SILENCE,
        "quotbal": 400,
        "ltgtruri": 400,
        "lwsruri": 400,
        "lwsstart": 400,  # strict: two blanks are none of the grammar
        "trws": 400,  # strict
        "escruri": 400,  # a Request-URI has no header component; not stripped
        "baddate": CALL,  # Date is none of our business
        "regbadct": 400,
        "badaspec": 400,  # strict
        "baddn": 400,
        "badvers": 505,
        "mismatch01": 400,
        "mismatch02": 400,  # 501 is the other choice
        "bigcode": SILENCE,
        # 3.2 to 3.4: transaction layer, application layer, old peers
        "badbranch": 200,  # and never mistaken for a transaction of its own
        "insuf": 400,
        "unkscm": 416,
        "novelsc": 416,
        "unksm2": 400,  # an AoR is a SIP URI
        "bext01": 420,
        "invut": 415,
        "regaut01": 401,
        "multi01": 400,
        "mcl01": 400,
        "bcast": SILENCE,
        "zeromf": 200,  # we are where it ends, so no 483
        "cparam01": 401,
        "cparam02": 401,
        "regescrt": 401,
        "sdp01": 406,
        "inv2543": CALL,
    },
    "5118": {
        "ipv6-good": 401,
        "ipv6-bad": 400,
        "port-ambiguous": 401,  # the last group of the address, not a port
        "port-unambiguous": 401,
        "via-received-param-with-delim": 481,
        "via-received-param-no-delim": 200,
        "ipv6-in-sdp": CALL,
        "mult-ip-in-header": 481,
        "mult-ip-in-sdp": CALL,
        "ipv4-mapped-ipv6": CALL,
        "ipv6-bug-abnf-3-colons": 200,
        "ipv6-correct-abnf-2-colons": 200,
    },
}
