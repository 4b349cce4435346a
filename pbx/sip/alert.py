"""Alert: how a telephone is asked to answer by itself, or to ring in another way (REG-12).

There is no header that every maker reads: RFC 5373 has Answer-Mode, the old convention is `answer-after`
in Call-Info, and some read Alert-Info alone. The maker's name in User-Agent chooses the form.
"""

from dataclasses import dataclass

from pbx.sip.responses import Fields

MAX_INFO = 64  # characters of a ring name
_INFO_ALONE = ("polycom", "polyedge", "poly/", "aastra", "mitel")
_AUTO_ANSWER = "alert-autoanswer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a called telephone is asked for; `answer_after_s` None = it rings; `info` names a ring."""

    answer_after_s: int | None = None
    info: str = ""


def alert_fields(alert: Alert, domain: str, user_agent: str) -> Fields:
    """Return the header fields of an INVITE; MisuseError comes from an `info` with line ends."""
    fields: list[tuple[str, str]] = []
    alone = any(name in user_agent.lower() for name in _INFO_ALONE)
    info = alert.info[:MAX_INFO]
    if alert.answer_after_s is not None:
        fields.append(("Answer-Mode", "Auto"))  # RFC 5373 §3
        if alone:
            info = info or ("Auto Answer" if "poly" in user_agent.lower() else _AUTO_ANSWER)
        else:
            fields.append(("Call-Info", f"<sip:{domain}>;answer-after={alert.answer_after_s}"))
            info = info or _AUTO_ANSWER
    if info:
        value = info if alone and "poly" in user_agent.lower() else f"<http://{domain}>;info={info}"
        fields.append(("Alert-Info", value))
    return tuple(fields)
