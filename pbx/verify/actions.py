"""Actions: what may be done for a caller, and how sure of him one has to be for it (§4.4)."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

import rfc8785

from pbx.verify.effects import LEVELS, Level

# The least level of each. Whoever asks for an action that is not here is refused.
ACTIONS: Mapping[str, Level] = MappingProxyType(
    {
        "public": "V0",
        "callback": "V1",
        "order_status": "V2",
        "payment_received": "V2",
        "bills": "V3",
        "hear_recording": "V3",
        "contact_data": "V3",
        "forward": "V3",
        "port_out": "V3",
        "payment": "V3",
        "admin": "V4",
    }
)
POLICY = hashlib.sha256(rfc8785.dumps(dict(ACTIONS))).hexdigest()[:16]  # names the table in each grant


def reaches(level: Level, least: Level) -> bool:
    """Whether a level is as much as `least`."""
    return LEVELS.index(level) >= LEVELS.index(least)


def actions_at(level: Level) -> tuple[str, ...]:
    """Everything that may be done at a level."""
    return tuple(action for action, least in ACTIONS.items() if reaches(level, least))
