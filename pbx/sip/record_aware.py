"""User agents that want to be told whether they are recorded (RFC 7866 §6.3)."""

from pbx.sip.capabilities import option_tags
from pbx.sip.message import Request, Response

RECORD_AWARE = "record-aware"  # option tag, RFC 7866 §11.1.2


def is_record_aware(message: Request | Response) -> bool:
    """Whether an INVITE, or a response to ours, is of a user agent that reads a=record."""
    return RECORD_AWARE in option_tags(message, "Supported")
