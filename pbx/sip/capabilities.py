"""What this user agent can do: methods, bodies and option tags, each named here and nowhere else."""

from pbx.sip.message import Request, Response
from pbx.sip.responses import Fields

METHODS = (
    "INVITE",
    "ACK",
    "CANCEL",
    "BYE",
    "OPTIONS",
    "INFO",
    "REGISTER",
    "PRACK",
    "UPDATE",
    "SUBSCRIBE",
    "PUBLISH",
    "NOTIFY",
    "REFER",
)
BODIES = ("application/sdp", "application/dtmf-relay", "application/dtmf", "message/sipfrag")
EVENTS = ("dialog", "message-summary", "presence", "reg")  # event packages, RFC 6665 §4.4.4
# SIP extensions, RFC 3261 §19.2
OPTION_TAGS: tuple[str, ...] = (
    "100rel",
    "timer",
    "path",
    "outbound",
    "gruu",
    "eventlist",
    "norefersub",
    "replaces",
    "nosub",
    "from-change",
)

ALLOW = ", ".join(METHODS)
ACCEPT = ", ".join(BODIES)
SUPPORTED = ", ".join(OPTION_TAGS)
ALLOW_EVENTS = ", ".join(EVENTS)

# RFC 3261 §11.2: what the answer to OPTIONS says.
OPTIONS_FIELDS: Fields = (
    ("Allow", ALLOW),
    ("Accept", ACCEPT),
    ("Supported", SUPPORTED),
    ("Allow-Events", ALLOW_EVENTS),
)


def option_tags(message: Request | Response, *names: str) -> frozenset[str]:
    """Return the option tags in header fields of these names, in lower case."""
    values = [value for name in names for value in message.headers.get_all(name)]
    return frozenset(tag.strip().lower() for value in values for tag in value.split(","))


def supported(reliable: str) -> str:
    """Return our Supported value; provisional responses may be `never` reliable."""
    return ", ".join(tag for tag in OPTION_TAGS if tag != "100rel" or reliable != "never")


def bad_extensions(request: Request) -> Fields:
    """Return the Unsupported fields of a 420, none when every required option tag is ours (§8.2.2.3)."""
    required = [tag.strip() for value in request.headers.get_all("Require") for tag in value.split(",")]
    unknown = [tag for tag in required if tag.lower() not in OPTION_TAGS]
    return (("Unsupported", ", ".join(unknown)),) if unknown else ()
