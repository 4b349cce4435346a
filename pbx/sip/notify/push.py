"""A NOTIFY that nobody subscribed to: message counts for telephones that expect them after REGISTER."""

from pbx.core.ids import hex_id
from pbx.sip.headers import NameAddr
from pbx.sip.location import Binding
from pbx.sip.message import Headers, Request
from pbx.sip.notify.message_summary import CONTENT_TYPE, NAME, MessageCounts
from pbx.sip.stack import Stack


def push_counts(stack: Stack, entity: str, binding: Binding, counts: MessageCounts, now: float) -> None:
    """Send the counts of a box to one telephone; its answer changes nothing.

    RFC 3842 §4.1 wants a subscription; telephones that have none take a NOTIFY that says it is the last.
    """
    us = str(NameAddr("", entity))
    headers = Headers()
    for name, value in (
        ("Via", stack.via(binding.remote)),
        *(("Route", value) for value in binding.path),
        ("Max-Forwards", "70"),
        ("From", f"{us};tag={stack.tag()}"),
        ("To", us),
        ("Call-ID", hex_id(stack.ids)),
        ("CSeq", "1 NOTIFY"),
        ("Contact", stack.contact(binding.remote)),
        ("Event", NAME),
        ("Subscription-State", "terminated"),
        ("User-Agent", stack.settings.user_agent),
        ("Content-Type", CONTENT_TYPE),
    ):
        headers.add(name, value)
    request = Request("NOTIFY", binding.uri, headers, counts.document(entity, 0, None))
    stack.transactions.request(request, binding.remote, user=None, now=now)
