"""Nonces without server memory, and the replay guard."""

import pytest

from pbx.sip.nonces import NONCE_LIFETIME_S, TIME_BITS, NonceKeeper

HOST = "192.0.2.1"


def keeper(max_tracked: int = 100) -> NonceKeeper:
    return NonceKeeper(b"k" * 32, max_tracked)


def test_a_nonce_is_good_for_its_lifetime() -> None:
    nonces = keeper()
    nonce = nonces.issue(HOST, 1000)
    assert nonces.check(nonce, HOST, 1000) == "good"
    assert nonces.check(nonce, HOST, 1000 + NONCE_LIFETIME_S) == "good"
    assert nonces.check(nonce, HOST, 1001 + NONCE_LIFETIME_S) == "stale"
    assert nonces.check(nonce, HOST, 999) == "stale"


def test_another_keeper_with_the_same_key_accepts_it() -> None:
    assert keeper().check(keeper().issue(HOST, 5), HOST, 5) == "good"
    assert NonceKeeper(b"other key").check(keeper().issue(HOST, 5), HOST, 5) == "bad"


def test_forgeries_are_bad() -> None:
    nonces = keeper()
    nonce = nonces.issue(HOST, 1000)
    assert nonces.check(nonce, "192.0.2.2", 1000) == "bad"
    for forged in ("", "x", nonce[:-1], nonce + "0", "0" * 64, nonce.upper() + "G", "ü" * 64):
        assert nonces.check(forged, HOST, 1000) == "bad"
    for index in range(len(nonce)):
        flipped = nonce[:index] + ("0" if nonce[index] != "0" else "1") + nonce[index + 1 :]
        assert nonces.check(flipped, HOST, 1000) == "bad"


def test_two_phones_behind_one_nat_get_different_nonces_in_one_second() -> None:
    nonces = keeper()
    assert nonces.issue(HOST, 1) != nonces.issue(HOST, 1)


@pytest.mark.rfc("7616", "5.4")
def test_a_nonce_count_works_once_and_only_upwards() -> None:
    nonces = keeper()
    nonce = nonces.issue(HOST, 1)
    assert [nonces.accept_count(nonce, count) for count in (1, 1, 2, 5, 4, 6)] == [
        True,
        False,
        True,
        True,
        False,
        True,
    ]
    assert not nonces.accept_count(nonces.issue(HOST, 1), 0)


def test_a_forgotten_count_cannot_be_replayed() -> None:
    nonces = keeper(max_tracked=2)
    first, second, third, unused = (nonces.issue(HOST, 1) for _ in range(4))
    assert nonces.accept_count(first, 1)
    assert nonces.accept_count(second, 1)
    assert nonces.accept_count(first, 2)  # second is now the least recently used
    assert nonces.check(second, HOST, 1) == "good"
    assert nonces.accept_count(third, 1)
    assert nonces.check(second, HOST, 1) == "stale"
    assert [nonces.check(one, HOST, 1) for one in (first, third, unused)] == ["good"] * 3


@pytest.mark.requirement("S-16")
def test_a_nonce_is_short() -> None:
    assert [len(keeper().issue(HOST, now_s)) for now_s in (0, 2**24, 2**40)] == [20, 20, 20]


@pytest.mark.parametrize("now_s", [2**TIME_BITS - 1, 2**TIME_BITS, 5 * 2**TIME_BITS - 1])
def test_the_clock_outgrows_what_a_nonce_shows(now_s: int) -> None:
    nonces = keeper()
    nonce = nonces.issue(HOST, now_s)
    assert nonces.check(nonce, HOST, now_s + 1) == "good"
    assert nonces.check(nonce, HOST, now_s + NONCE_LIFETIME_S + 1) == "stale"
    for periods in (1, 2, 100):  # it looks like one of today, and is none
        assert nonces.check(nonce, HOST, now_s + periods * 2**TIME_BITS) == "bad"


def test_the_serial_number_outgrows_what_a_nonce_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbx.sip.nonces.SERIAL_BITS", 3)
    nonces = keeper(max_tracked=2)
    issued = [nonces.issue(HOST, 1) for _ in range(12)]
    assert len(set(issued)) == 12
    assert [nonces.check(one, HOST, 1) for one in issued[-4:]] == ["good"] * 4
    assert nonces.check(issued[0], HOST, 1) == "bad"
    for one in issued[-3:]:
        assert nonces.accept_count(one, 1)
    assert [nonces.check(one, HOST, 1) for one in issued[-4:]] == ["stale", "stale", "good", "good"]


def test_repr_shows_no_key() -> None:
    assert repr(keeper()) == "NonceKeeper(0 tracked)"
