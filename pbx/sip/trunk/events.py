"""What became of a trunk."""

from dataclasses import dataclass
from typing import Literal

TrunkState = Literal["registered", "unregistered", "up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkChanged:
    """Our registration or its health changed; `reason` is for people, `retry_s` until we try again."""

    tenant: str
    trunk: str
    state: TrunkState
    reason: str = ""
    retry_s: int = 0
