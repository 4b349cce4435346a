"""Even ports in turn, with a rest."""

import pytest

from pbx.media.ports import REST_S, PortPool


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


def test_a_range_without_an_even_port() -> None:
    with pytest.raises(ValueError):
        PortPool(101, 101, start=0)
