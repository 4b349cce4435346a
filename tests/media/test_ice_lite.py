"""Checks that a lite end answers, and floods that it outlives."""

import pytest

from pbx.core.secret import Secret
from pbx.core.srtp import IceCredentials
from pbx.core.stun import (
    ERROR,
    ICE_CONTROLLED,
    ICE_CONTROLLING,
    INDICATION,
    PRIORITY,
    REQUEST,
    SUCCESS,
    USE_CANDIDATE,
    USERNAME,
    XOR_MAPPED_ADDRESS,
    attribute,
    build_stun,
    is_authentic,
    is_whole,
    parse_stun,
    with_fingerprint,
    with_integrity,
)
from pbx.media.ice_lite import (
    CONSENT_S,
    MAX_REFUSALS,
    MAX_SOURCES,
    MAX_TRANSACTIONS,
    ChecksStopped,
    IceLite,
    SendStun,
    SourceNominated,
    SourceValidated,
)
from pbx.media.source_lock import Source
from tests.damage import flipped

PASSWORD = "p" * 24
CREDENTIALS = IceCredentials(
    local_ufrag="ours",
    local_password=Secret(PASSWORD),
    remote_ufrag="them",
    remote_password=Secret("q" * 24),
)
PEER: Source = ("192.0.2.9", 40000)
OTHER: Source = ("198.51.100.7", 40001)
CONTROLLING = attribute(ICE_CONTROLLING, bytes(8))
NOMINATING = attribute(USE_CANDIDATE, b"")


class Checks:
    """Makes one check after the other, as the full end does."""

    def __init__(self) -> None:
        self._count = 0

    def next(
        self, *fields: bytes, username: bytes = b"ours:them", password: str = PASSWORD, kind: int = REQUEST
    ) -> bytes:
        self._count += 1
        usual = attribute(USERNAME, username), attribute(PRIORITY, b"\x6e\0\1\xff")
        plain = build_stun(kind, self._count.to_bytes(12, "big"), (*usual, *(fields or (CONTROLLING,))))
        return with_fingerprint(with_integrity(plain, password.encode()))


@pytest.fixture
def agent() -> IceLite:
    return IceLite(CREDENTIALS)


@pytest.fixture
def checks() -> Checks:
    return Checks()


def code(effects: list[object]) -> int:
    """Return the status of the one answer that is an error."""
    (effect,) = effects
    assert isinstance(effect, SendStun)
    message = parse_stun(effect.octets)
    assert message.kind == ERROR and is_whole(message)
    value = message.value(9)
    assert value is not None
    return value[2] * 100 + value[3]


@pytest.mark.rfc("8445", "7.3")
def test_a_check_is_answered_and_validates_its_source(agent: IceLite, checks: Checks) -> None:
    check = checks.next()
    sent, validated = agent.handle(check, PEER, 0.0)
    assert isinstance(sent, SendStun) and sent.to == PEER
    answer = parse_stun(sent.octets)
    assert answer.kind == SUCCESS and answer.transaction == check[8:20]
    assert is_authentic(answer, PASSWORD.encode()) and is_whole(answer)
    address = answer.value(XOR_MAPPED_ADDRESS)
    assert address is not None and int.from_bytes(address[2:4], "big") ^ 0x2112 == 40000
    assert validated == SourceValidated(source=PEER)
    assert agent.is_valid(PEER) and not agent.is_valid(OTHER) and agent.nominated is None
    assert len(agent.handle(checks.next(), PEER, 1.0)) == 1


@pytest.mark.rfc("8445", "8.1.1")
def test_the_nominated_source_is_told_once_and_may_change(agent: IceLite, checks: Checks) -> None:
    agent.handle(checks.next(), PEER, 0.0)
    assert agent.handle(checks.next(CONTROLLING, NOMINATING), PEER, 0.1)[1:] == [SourceNominated(source=PEER)]
    assert agent.handle(checks.next(CONTROLLING, NOMINATING), PEER, 0.2)[1:] == []
    assert agent.handle(checks.next(CONTROLLING, NOMINATING), OTHER, 9.0)[1:] == [
        SourceValidated(source=OTHER),
        SourceNominated(source=OTHER),
    ]
    assert agent.nominated == OTHER


def test_a_check_lost_on_the_way_back_is_answered_again(agent: IceLite, checks: Checks) -> None:
    check = checks.next(CONTROLLING, NOMINATING)
    first = agent.handle(check, PEER, 0.0)
    assert agent.handle(check, PEER, 0.5) == first[:1]


@pytest.mark.requirement("S-33")
def test_an_overheard_check_moves_no_audio(agent: IceLite, checks: Checks) -> None:
    check = checks.next(CONTROLLING, NOMINATING)
    agent.handle(check, PEER, 0.0)
    assert agent.handle(check, OTHER, 0.1) == []
    assert agent.nominated == PEER and not agent.is_valid(OTHER)


@pytest.mark.requirement("S-33")
def test_a_wrong_password_proves_nothing(agent: IceLite, checks: Checks) -> None:
    for _ in range(MAX_REFUSALS):
        assert code(list(agent.handle(checks.next(password="x" * 24), OTHER, 0.0))) == 401
    assert agent.handle(checks.next(password="x" * 24), OTHER, 0.0) == []
    assert agent.refused == MAX_REFUSALS + 1
    assert not agent.is_valid(OTHER)
    assert agent.handle(checks.next(), PEER, 0.0)[1:] == [SourceValidated(source=PEER)]


@pytest.mark.parametrize("username", [b"ours:else", b"them:ours", b"", b"ours", b"ours:them:"])
def test_another_username_gets_no_answer(agent: IceLite, checks: Checks, username: bytes) -> None:
    assert agent.handle(checks.next(username=username), OTHER, 0.0) == []


def test_a_check_without_proof_is_a_bad_request(agent: IceLite) -> None:
    bare = build_stun(REQUEST, bytes(12), (attribute(USERNAME, b"ours:them"),))
    assert code(list(agent.handle(with_fingerprint(bare), OTHER, 0.0))) == 400
    nameless = with_integrity(build_stun(REQUEST, bytes(12)), PASSWORD.encode())
    assert code(list(agent.handle(with_fingerprint(nameless), OTHER, 0.0))) == 400


@pytest.mark.rfc("8445", "7.3.1.1")
def test_who_believes_to_be_controlled_hears_of_the_conflict(agent: IceLite, checks: Checks) -> None:
    controlled = checks.next(attribute(ICE_CONTROLLED, b"\xff" * 8), NOMINATING)
    assert code(list(agent.handle(controlled, PEER, 0.0))) == 487
    assert agent.nominated is None and not agent.is_valid(PEER)


def test_what_must_be_understood_gets_420(agent: IceLite, checks: Checks) -> None:
    assert code(list(agent.handle(checks.next(attribute(0x7777, b"")), PEER, 0.0))) == 420


def test_everything_else_is_dropped(agent: IceLite, checks: Checks) -> None:
    whole = checks.next()
    without = build_stun(REQUEST, bytes(12), (whole[20:-8],))
    answers = checks.next(kind=SUCCESS), checks.next(kind=ERROR), checks.next(kind=INDICATION)
    for octets in (b"", whole[:-1], without, flipped(whole), *answers):
        assert agent.handle(octets, PEER, 0.0) == []
    assert agent.dropped == 7 and not agent.is_valid(PEER)


@pytest.mark.requirement("S-33")
def test_a_thousand_sources_are_answered_and_few_remembered(agent: IceLite, checks: Checks) -> None:
    agent.handle(checks.next(CONTROLLING, NOMINATING), PEER, 0.0)
    sources: list[Source] = [("203.0.113.1", port) for port in range(1, 1001)]
    for source in sources:
        assert len(agent.handle(checks.next(), source, 1.0)) == 2
    remembered = [source for source in (PEER, *sources) if agent.is_valid(source)]
    assert remembered == [PEER, *sources[-MAX_SOURCES + 1 :]]
    assert len(agent._transactions) == MAX_TRANSACTIONS


@pytest.mark.rfc("7675", "5.1")
def test_it_is_noticed_when_the_checks_stop(agent: IceLite, checks: Checks) -> None:
    assert agent.deadline is None and agent.tick(1e9) == []
    agent.handle(checks.next(), PEER, 10.0)
    agent.handle(checks.next(), PEER, 15.0)
    assert agent.deadline == 15.0 + CONSENT_S
    assert agent.tick(15.0 + CONSENT_S - 0.01) == []
    assert agent.tick(15.0 + CONSENT_S) == [ChecksStopped()]
    assert agent.deadline is None and agent.tick(1e9) == []
    agent.handle(checks.next(), PEER, 90.0)
    assert agent.deadline == 90.0 + CONSENT_S
