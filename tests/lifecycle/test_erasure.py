"""The steps of an erasure."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.lifecycle.erasure import Erasure, Extent, State, Step, next_step

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ERASURE = Erasure(
    recording="r1",
    tenant="acme",
    call="c1",
    kind="call",
    object_key="ab/cd",
    sha256_cipher="0" * 64,
    manifest_sha256="1" * 64,
    ground="request",
    extent="all",
    reason="asked for",
    actor="ada",
    state="asked",
    started_at=AT,
    asked_at=AT,
)
_AFTER: dict[Step, State] = {
    "shred": "key_gone",
    "scrub": "scrubbed",
    "delete_object": "object_gone",
    "finish": "done",
}


@pytest.mark.requirement("REC-10")
@pytest.mark.parametrize(
    ("extent", "steps"),
    [("all", ["shred", "scrub", "delete_object", "finish"]), ("key", ["shred", "scrub", "finish"])],
)
def test_the_key_goes_before_the_object(extent: Extent, steps: list[Step]) -> None:
    erasure, taken = replace(ERASURE, extent=extent), list[Step]()
    while (step := next_step(erasure)) is not None:
        taken.append(step)
        erasure = replace(erasure, state=_AFTER[step])
    assert taken == steps
    assert erasure.is_over


def test_a_blocked_one_has_no_step() -> None:
    assert next_step(replace(ERASURE, state="blocked")) is None
