"""The manner in which devices are rung when it is not that of an ordinary call."""

from dataclasses import dataclass

from pbx.sip.alert import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a ringing differs; "" and None = not at all."""

    referred_by: str = ""  # URI of a transferor (RFC 3892)
    alert: Alert | None = None  # a ring of its own
    display: str = ""  # in place of the caller's


ORDINARY = Manner()
