"""Which recorder is next: each once, then a rest that grows."""

from pbx.core.address import Remote
from pbx.siprec.servers import FIRST_REST_S, LONGEST_REST_S, Rotation, Server


def server(host: str) -> Server:
    return Server(uri=f"sip:srs@{host}", remote=Remote("udp", host, 5060))


ONE, TWO, THREE = server("192.0.2.1"), server("192.0.2.2"), server("192.0.2.3")


def test_the_first_is_tried_first_and_the_next_when_it_fails() -> None:
    rotation = Rotation((ONE, TWO))
    assert rotation.server is ONE
    assert rotation.failed(0.0)
    assert rotation.server is TWO
    assert not rotation.failed(1.0)
    assert (rotation.rounds, rotation.due) == (1, 1.0 + FIRST_REST_S)


def test_who_records_stays_until_it_fails() -> None:
    rotation = Rotation((ONE, TWO))
    rotation.failed(0.0)
    rotation.reached()
    assert rotation.server is TWO
    assert rotation.failed(9.0)
    assert rotation.server is ONE


def test_the_rest_grows_up_to_a_minute_and_ends_once() -> None:
    rotation, now, rests = Rotation((ONE,)), 0.0, []
    for _ in range(8):
        assert not rotation.failed(now)
        assert rotation.due is not None
        rests.append(rotation.due - now)
        assert not rotation.rested(rotation.due - 0.001)
        now = rotation.due
        assert rotation.rested(now) and not rotation.rested(now)
    assert rests == [2, 4, 8, 16, 32, LONGEST_REST_S, LONGEST_REST_S, LONGEST_REST_S]
    assert rotation.rounds == 8
    rotation.reached()
    assert (rotation.rounds, rotation.failed(now), rotation.due) == (1 - 1, False, now + FIRST_REST_S)


def test_a_recorder_has_a_name_and_a_family() -> None:
    assert Server(uri="sip:srs@b.example;transport=tcp", remote=ONE.remote).name == "srs@b.example"
    assert ONE.name == "srs@192.0.2.1" and ONE.family == "ip4"
    assert server("2001:db8::1").family == "ip6"


def test_who_refuses_our_password_is_not_asked_again_and_the_others_are() -> None:
    rotation = Rotation((ONE, TWO, THREE))
    rotation.barred()
    assert rotation.failed(0.0) and rotation.server is TWO
    assert rotation.failed(0.0) and rotation.server is THREE
    for now in (0.0, 10.0):
        assert not rotation.failed(now) and rotation.rested(now + LONGEST_REST_S)
        assert rotation.server is TWO
        assert rotation.failed(now) and rotation.server is THREE


def test_when_all_refuse_it_there_is_nobody_to_wait_for() -> None:
    rotation = Rotation((ONE,))
    rotation.barred()
    assert not rotation.failed(0.0) and rotation.due is None and not rotation.rested(1e9)
