"""How long an answer of DNS holds."""

import pytest

from pbx.sip.locate.cache import (
    FAILED_S,
    MAX_NAMES,
    MAX_RECORDS,
    MAX_TTL_S,
    MIN_TTL_S,
    NEGATIVE_TTL_S,
    STALE_S,
    DnsCache,
)
from pbx.sip.locate.events import AddressRecord, DnsAnswered, Record

ONE: tuple[Record, ...] = (AddressRecord(host="192.0.2.1"),)


def answer(records: tuple[Record, ...] = ONE, ttl_s: float = 60.0, *, failed: bool = False) -> DnsAnswered:
    return DnsAnswered(name="a.example", type="A", records=records, ttl_s=ttl_s, failed=failed)


@pytest.mark.requirement("SIP-19")
@pytest.mark.parametrize(
    ("given", "held_s"),
    [
        (answer(), 60.0),
        (answer(ttl_s=0.0), MIN_TTL_S),
        (answer(ttl_s=1e9), MAX_TTL_S),
        (answer((), 9999.0), NEGATIVE_TTL_S),
        (answer((), 10.0), 10.0),
        (answer((), failed=True), FAILED_S),
    ],
)
def test_an_answer_holds_for_its_time(given: DnsAnswered, held_s: float) -> None:
    cache = DnsCache()
    assert cache.get(("a.example", "A"), 0.0) is None
    cache.put(given, 100.0)
    assert cache.get(("a.example", "A"), 100.0 + held_s - 0.01) == given.records
    assert cache.get(("a.example", "A"), 100.0 + held_s) is None


@pytest.mark.requirement("SIP-19")
def test_the_last_good_answer_stands_in_for_silent_servers() -> None:
    cache = DnsCache()
    cache.put(answer(), 0.0)
    cache.put(answer((), failed=True), 5000.0)
    assert cache.get(("a.example", "A"), 5000.0 + STALE_S - 0.01) == ONE
    assert cache.get(("a.example", "A"), 5000.0 + STALE_S) is None
    cache.put(answer(()), 6000.0)  # a decided "no" ends it
    assert cache.last_good(("a.example", "A")) == ()


def test_the_cache_has_a_limit() -> None:
    cache = DnsCache()
    for i in range(MAX_NAMES + 1):
        cache.put(DnsAnswered(name=f"{i}.example", type="A", records=ONE, ttl_s=60.0), 0.0)
    assert len(cache) == MAX_NAMES
    assert cache.get(("0.example", "A"), 0.0) is None
    many = tuple(AddressRecord(host=f"192.0.2.{i}") for i in range(MAX_RECORDS + 1))
    cache.put(answer(many), 0.0)
    assert len(cache.get(("a.example", "A"), 0.0) or ()) == MAX_RECORDS
