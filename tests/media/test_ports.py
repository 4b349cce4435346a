"""Even ports in turn, with a rest; every worker has its own."""

import pytest

from pbx.media.ports import REST_S, NoPorts, PortPool, pairs, shares


def take(pool: PortPool, now: float) -> int | None:
    return next(pool.take(now), None)


def test_even_ports_from_a_given_start() -> None:
    pool = PortPool(101, 109, start=6)
    assert [take(pool, 0.0) for _ in range(5)] == [106, 108, 102, 104, None]


def test_a_released_port_rests() -> None:
    pool = PortPool(100, 101, start=0)
    assert take(pool, 0.0) == 100
    pool.release(100, 5.0)
    assert take(pool, 5.0 + REST_S - 0.1) is None
    assert take(pool, 5.0 + REST_S) == 100


def test_a_port_that_somebody_else_uses_stays_in_the_pool() -> None:
    pool = PortPool(100, 103, start=0)
    offered = pool.take(0.0)
    assert (next(offered), next(offered)) == (100, 102)
    assert take(pool, 0.0) == 100


@pytest.mark.requirement("MED-16")
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (100, 101, [100]),
        (100, 102, [100]),  # 103, the RTCP port of 102, is not ours
        (100, 103, [100, 102]),
        (101, 103, [102]),
        (101, 102, []),
        (100, 100, []),
        (101, 101, []),
    ],
)
def test_rtcp_has_its_port_inside_the_range(first: int, last: int, expected: list[int]) -> None:
    assert list(pairs(first, last)) == expected


@pytest.mark.parametrize(("first", "last"), [(101, 101), (100, 100), (101, 102)])
def test_a_range_without_a_pair(first: int, last: int) -> None:
    with pytest.raises(NoPorts):
        PortPool(first, last, start=0)


@pytest.mark.requirement("MED-16")
@pytest.mark.parametrize(
    ("first", "last", "n_workers", "expected"),
    [
        (100, 107, 1, ((100, 107),)),
        (100, 107, 2, ((100, 103), (104, 107))),
        (100, 109, 2, ((100, 105), (106, 109))),
        (101, 108, 3, ((102, 103), (104, 105), (106, 107))),
        (100, 107, 4, ((100, 101), (102, 103), (104, 105), (106, 107))),
    ],
)
def test_no_two_workers_share_a_port(
    first: int, last: int, n_workers: int, expected: tuple[tuple[int, int], ...]
) -> None:
    found = shares(first, last, n_workers)
    assert found == expected
    assert [port for share in found for port in pairs(*share)] == list(pairs(first, last))


def test_a_range_too_short_for_the_workers() -> None:
    with pytest.raises(NoPorts):
        shares(100, 107, 5)
