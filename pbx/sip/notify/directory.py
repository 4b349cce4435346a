"""Directory: what of one tenant may be watched, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_LIST_MEMBERS = 64  # buttons of a telephone with two side modules; 64 documents still fit a datagram


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """`lines` can be watched for calls, presence and registrations by every telephone of the tenant, and so
    can what else has a lamp.

    `boxes` have the extensions that may see their message counts. `lists` are named lists of lines.
    `own_lamps` are lines that one extension each may watch for calls, and nobody else.
    `shows_parties`: whether a watcher is told with whom a line talks.
    """

    lines: frozenset[str] = frozenset()
    boxes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_lamps: Mapping[str, str] = field(default_factory=dict)
    shows_parties: bool = False
    shows_notes: bool = True  # what a person writes about himself
    pushes_messages: bool = False  # counts go to registered telephones that did not subscribe


NOBODY = Directory()
