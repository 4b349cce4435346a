"""The way of a recording out of every store, in steps of which each may be the last before a crash.

The key goes first: from then on nobody can open the object, wherever copies of it lie. Then the database's
files are freed of the key's octets, then the object goes, then the row; the tombstone and its receipt stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pbx.lifecycle.precedence import Ground

State = Literal["blocked", "asked", "key_gone", "scrubbed", "object_gone", "done"]
Extent = Literal["all", "key"]  # `key`: the object stays where it is, and nobody can open it
# `locked`: a retention lock keeps the object until its last day; `versions_kept`: the store keeps old ones
# by a legal hold, or because we may not delete them; `versions_unknown`: it does not say whether it does.
# Nobody can open them.
ObjectEnd = Literal["deleted", "locked", "versions_kept", "versions_unknown"]
Step = Literal["shred", "scrub", "delete_object", "finish"]
_STEPS: Mapping[tuple[Extent, State], Step] = {
    ("all", "asked"): "shred",
    ("all", "key_gone"): "scrub",
    ("all", "scrubbed"): "delete_object",
    ("all", "object_gone"): "finish",
    ("key", "asked"): "shred",
    ("key", "key_gone"): "scrub",
    ("key", "scrubbed"): "finish",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """One erasure as it is stored; `blocked_by` is the rule that keeps the recording against the wish.

    `copy_key` names the object of the playback copy that there was when the key went.
    """

    recording: str
    tenant: str
    call: str
    kind: str
    object_key: str
    sha256_cipher: str
    manifest_sha256: str
    ground: Ground
    extent: Extent
    reason: str
    actor: str
    state: State
    started_at: datetime
    asked_at: datetime
    blocked_by: str = ""
    object: str = ""
    copy_key: str = ""
    key_gone_at: datetime | None = None
    scrubbed_at: datetime | None = None
    object_gone_at: datetime | None = None
    done_at: datetime | None = None
    receipt: bytes | None = None
    signature: bytes | None = None

    @property
    def is_over(self) -> bool:
        return self.state == "done"


def next_step(erasure: Erasure) -> Step | None:
    """Return what is to be done; None when it is done, or must not be done."""
    return _STEPS.get((erasure.extent, erasure.state))
