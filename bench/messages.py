"""What one SIP message costs: parsing, parsing with the headers that every step reads, and writing.

The message is an INVITE of a carrier with SDP, some 900 octets. The best of several rounds counts: what is
slower is other work on the machine.
"""

import sys
import time
from collections.abc import Callable

from bench.sipp import CARRIER_INVITE
from pbx.sip.message import Message, Request, parse_message

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    b"m=audio 6000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
)
MORE = (
    b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK\r\nSupported: 100rel, timer\r\n"
    b"User-Agent: carrier/1.0\r\nP-Asserted-Identity: <sip:+447700900123@127.0.0.2>\r\n"
    b"Session-Expires: 1800;refresher=uac\r\nMin-SE: 90\r\nContent-Type: application/sdp\r\n"
)
INVITE = (
    CARRIER_INVITE.replace(b"Content-Length: 0\r\n\r\n", MORE + b"Content-Length: %d\r\n\r\n" % len(SDP))
    + SDP
)
N_MESSAGES, N_ROUNDS = 5000, 7


def touched(octets: bytes) -> Message:
    """Parse and read what admission, transaction and dialog read."""
    message = parse_message(octets)
    _ = message.vias, message.from_.uri, message.to.uri, message.contacts, message.cseq, message.content_type
    return message


def written(message: Request) -> bytes:
    """Write a message that has changed, as every message that we send has."""
    message.headers.set("Max-Forwards", "69")
    return bytes(message)


def per_s(work: Callable[[], object]) -> float:
    """How often a second, by CPU time."""
    best = float("inf")
    for _ in range(N_ROUNDS):
        began = time.process_time()
        for _ in range(N_MESSAGES):
            work()
        best = min(best, time.process_time() - began)
    return N_MESSAGES / best


def main() -> int:
    """Print the three rates."""
    request = parse_message(INVITE)
    assert isinstance(request, Request)
    rates = {
        "parsed": per_s(lambda: parse_message(INVITE)),
        "parsed and touched (aim 20,000)": per_s(lambda: touched(INVITE)),
        "written (aim 150,000)": per_s(lambda: written(request)),
    }
    print(f"an INVITE of {len(INVITE)} octets, messages a second on one core:")
    for what, rate in rates.items():
        print(f"  {what}: {rate:,.0f} ({1e6 / rate:.1f} us)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
