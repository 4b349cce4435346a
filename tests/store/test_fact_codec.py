"""Facts as octets: every kind comes back equal."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbx.call.effects import Audit, SaveCall
from pbx.core.audit import AuditFact
from pbx.core.errors import MisuseError, ParseError
from pbx.store.fact_codec import decode, encode
from pbx.store.facts import Entry, Numbered
from tests.store.test_calls import AT, ENDED

TIMES = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(datetime, TIMES)
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=4))
st.register_type_strategy(float, NUMBERS)


@pytest.mark.requirement("F-18")
@pytest.mark.parametrize("kind", get_args(Entry), ids=lambda kind: kind.__name__)
@given(drawn=st.data(), serial=st.integers(1, 2**63), at=TIMES)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_kind_of_fact_comes_back_equal(
    kind: type[Any], drawn: st.DataObject, serial: int, at: datetime
) -> None:
    fact = Numbered(serial=serial, entry=drawn.draw(st.from_type(kind)), at=at)
    assert decode(encode(fact) + encode(fact)) == [fact, fact]


def test_a_field_that_came_later_takes_its_default() -> None:
    row = json.loads(encode(Numbered(serial=1, entry=SaveCall(record=ENDED), at=AT)))
    del row[3]["record"]["purpose"]
    (fact,) = decode(json.dumps(row).encode())
    assert cast(SaveCall, fact.entry).record == ENDED


@pytest.mark.parametrize(
    "line", [b"{}", b"[1]", b'[1,"2026-11-24T00:00:00+00:00","Nothing",{}]', b"\xff", b'["x","y","Audit",{}]']
)
def test_what_nobody_wrote_is_no_fact(line: bytes) -> None:
    with pytest.raises(ParseError):
        decode(line)


def test_what_could_not_be_read_again_is_refused() -> None:
    details = cast(dict[str, str | int | bool | None], {"odd": object()})
    with pytest.raises(MisuseError):
        encode(Numbered(serial=1, entry=Audit(fact=AuditFact(kind="x", details=details)), at=AT))
