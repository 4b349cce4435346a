"""EarlyPolicy: how the provisional responses of one trunk are understood."""

from dataclasses import dataclass
from typing import Literal

Empty = Literal["ring", "ignore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyPolicy:
    """`ring_after`: a 180 after a 183 with SDP is relayed; `empty`: what a 183 without SDP means."""

    ring_after: bool = True
    empty: Empty = "ring"
