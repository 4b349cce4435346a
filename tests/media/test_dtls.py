"""Handshakes between two of our associations over a network in memory, and what must end one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from pbx.core.srtp import DtlsParameters, Fingerprint, SetupRole, Suite
from pbx.media import dtls
from pbx.media.dtls import HANDSHAKE_S, REPEATS_S, DtlsAssociation, datagrams_of
from pbx.media.dtls_identity import MTU, DtlsIdentity, fingerprint_of
from pbx.media.io.dtls_identity import new_identity
from pbx.media.rtp import RtpPacket, build
from pbx.media.srtp import SrtpSession

Network = Callable[[int, list[bytes]], list[bytes]]
OURS, THEIRS = new_identity(), new_identity()
CHANGE_CIPHER_SPEC = 20
PACKET = build(RtpPacket(0, False, 1, 160, 0xDEADBEEF, 0, 0), b"v" * 160)


def association(
    role: SetupRole, identity: DtlsIdentity, *expected: Fingerprint, suites: tuple[Suite, ...] = ()
) -> DtlsAssociation:
    parameters = DtlsParameters(role=role, remote_fingerprints=expected, suites=suites)
    return DtlsAssociation(identity, parameters)


def pair() -> tuple[DtlsAssociation, DtlsAssociation]:
    return (
        association("active", OURS, THEIRS.fingerprint),
        association("passive", THEIRS, OURS.fingerprint),
    )


def run(ends: tuple[DtlsAssociation, DtlsAssociation], network: Network, until: float = 5.0) -> float:
    """Exchange flights over a network without delay until nothing is due; return the time of the last keys.

    `network` gets the number of a flight, repeats included, and returns what arrives of it.
    """
    now = agreed_at = 0.0
    count = 0
    queue = [(ends[1], datagram) for datagram in network(0, ends[0].start(now))]
    while now < until:
        while queue:
            receiver, datagram = queue.pop(0)
            flight = receiver.handle(datagram, now)
            other = ends[0] if receiver is ends[1] else ends[1]
            if flight:
                count += 1
                queue += [(other, arrived) for arrived in network(count, flight)]
        if all(end.state == "done" for end in ends):
            return agreed_at
        dues = [(end.deadline, n) for n, end in enumerate(ends) if end.deadline is not None]
        if not dues:
            break
        now, n = min(dues)
        agreed_at = now
        flight = ends[n].tick(now)
        if flight:
            count += 1
            queue += [(ends[1 - n], arrived) for arrived in network(count, flight)]
    return now


def everything(count: int, flight: list[bytes]) -> list[bytes]:
    return flight


def audio_passes(a: DtlsAssociation, b: DtlsAssociation) -> bool:
    assert a.keys is not None and b.keys is not None
    one, other = (SrtpSession(end.keys.suite, end.keys.local, end.keys.remote) for end in (a, b) if end.keys)
    return other.unprotect(one.protect(PACKET)) == PACKET and one.unprotect(other.protect(PACKET)) == PACKET


@pytest.mark.requirement("MED-08")
@pytest.mark.rfc("5764", "4.2")
def test_both_ends_get_the_same_keys() -> None:
    ends = pair()
    assert run(ends, everything) == 0.0
    assert [end.state for end in ends] == ["done", "done"]
    assert ends[0].keys is not None and ends[0].keys.suite == "AEAD_AES_128_GCM"
    assert audio_passes(*ends)
    assert "b'" not in repr(ends[0].keys)


@pytest.mark.requirement("MED-07")
@pytest.mark.rfc("7714", "14.2")
@pytest.mark.parametrize(
    ("active", "passive", "agreed"),
    [
        ((), ("AEAD_AES_256_GCM",), "AEAD_AES_256_GCM"),
        (("AES_CM_128_HMAC_SHA1_80",), (), "AES_CM_128_HMAC_SHA1_80"),
        ((), ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"), "AES_CM_128_HMAC_SHA1_80"),
        (("AEAD_AES_256_GCM",), ("AES_CM_128_HMAC_SHA1_80",), None),
    ],
)
def test_only_suites_that_both_may_have_are_agreed_on(
    active: tuple[Suite, ...], passive: tuple[Suite, ...], agreed: Suite | None
) -> None:
    """The passive end chooses, in its own order."""
    ends = (
        association("active", OURS, THEIRS.fingerprint, suites=active),
        association("passive", THEIRS, OURS.fingerprint, suites=passive),
    )
    run(ends, everything)
    assert [end.keys and end.keys.suite for end in ends] == [agreed, agreed]
    if agreed is None:
        assert ends[0].failure == "the peer takes none of our SRTP profiles"
    else:
        assert audio_passes(*ends)


def test_nobody_begins_in_the_passive_role() -> None:
    passive = association("passive", OURS, THEIRS.fingerprint)
    assert passive.start(0.0) == [] and passive.state == "new" and passive.deadline is None
    active = association("active", OURS, THEIRS.fingerprint)
    assert active.start(0.0) and active.start(0.1) == []


@pytest.mark.parametrize("lost", range(5))
def test_a_lost_flight_costs_a_tenth_of_a_second(lost: int) -> None:
    ends = pair()
    spent = run(ends, lambda count, flight: [] if count == lost else flight)
    assert spent <= REPEATS_S[0] and audio_passes(*ends)


@pytest.mark.parametrize("lost", range(4))
def test_a_flight_may_be_lost_twice(lost: int) -> None:
    ends = pair()
    spent = run(ends, lambda count, flight: [] if count in (lost, lost + 1) else flight)
    assert spent <= 2 * REPEATS_S[1] and audio_passes(*ends)


def records(flight: list[bytes]) -> list[bytes]:
    """Return one datagram per record."""
    found = []
    for datagram in flight:
        while datagram:
            end = 13 + int.from_bytes(datagram[11:13], "big")
            found.append(datagram[:end])
            datagram = datagram[end:]
    return found


@pytest.mark.parametrize("late", range(6))
@pytest.mark.parametrize("count", range(4))
def test_reordered_and_doubled_records(count: int, late: int) -> None:
    """A change of cipher that comes too early waits for OpenSSL's repeat: see tests/integration."""

    def network(number: int, flight: list[bytes]) -> list[bytes]:
        parts = records(flight)
        if number == count and late + 1 < len(parts) and parts[late + 1][0] != CHANGE_CIPHER_SPEC:
            parts[late], parts[late + 1] = parts[late + 1], parts[late]
        return [part for part in parts for _ in range(2)]

    ends = pair()
    assert run(ends, network) == 0.0 and audio_passes(*ends)


@pytest.mark.requirement("S-32")
@pytest.mark.parametrize("deceived", ["active", "passive"])
def test_another_certificate_gets_no_keys(deceived: str) -> None:
    stranger = new_identity().fingerprint
    ends = (
        association("active", OURS, stranger if deceived == "active" else THEIRS.fingerprint),
        association("passive", THEIRS, stranger if deceived == "passive" else OURS.fingerprint),
    )
    run(ends, everything)
    victim = ends[0] if deceived == "active" else ends[1]
    assert (victim.state, victim.keys) == ("failed", None)
    assert "certificate" in victim.failure
    assert victim.handle(b"\x16\xfe\xfd", 1.0) == [] and victim.tick(99.0) == [] and victim.deadline is None


@pytest.mark.requirement("S-32")
def test_without_a_fingerprint_nobody_is_believed() -> None:
    ends = association("active", OURS), association("passive", THEIRS, OURS.fingerprint)
    run(ends, everything)
    assert ends[0].state == "failed" and ends[0].keys is None and ends[1].keys is None


@pytest.mark.requirement("S-31")
@pytest.mark.parametrize("ciphers", [b"eNULL", b"aNULL", b"ALL:eNULL:@SECLEVEL=0"])
def test_the_null_cipher_is_never_agreed(ciphers: bytes) -> None:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_cipher_list(ciphers)
    context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    client = SSL.Connection(context, None)
    client.set_connect_state()
    ours = association("passive", OURS, THEIRS.fingerprint)
    try:
        client.do_handshake()
    except SSL.Error:
        pass
    try:
        hello = client.bio_read(1 << 16)
    except SSL.Error:
        return  # the library of the peer will not even offer it
    ours.handle(hello, 0.0)
    assert ours.keys is None
    assert b"NULL" not in (ours._connection.get_cipher_name() or "").encode()


def test_a_peer_without_srtp_gets_no_keys() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    today = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, today, today + timedelta(days=9999))
    certificate = builder.sign(key, SHA256())
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    client = SSL.Connection(context, None)
    client.set_ciphertext_mtu(MTU)
    client.set_connect_state()
    ours = association("passive", OURS, fingerprint_of(certificate, "sha-256"))
    for _ in range(2):
        with pytest.raises(SSL.WantReadError):
            client.do_handshake()
        for datagram in ours.handle(client.bio_read(1 << 16), 0.0):
            client.bio_write(datagram)
    client.do_handshake()  # for the peer all is well
    assert (ours.state, ours.keys) == ("failed", None)
    assert ours.failure == "the peer takes none of our SRTP profiles"


def test_a_handshake_ends_some_day() -> None:
    active = association("active", OURS, THEIRS.fingerprint)
    active.start(100.0)
    assert active.tick(100.0 + HANDSHAKE_S - 0.01) is not None and active.state == "handshake"
    assert active.tick(100.0 + HANDSHAKE_S) == []
    assert (active.state, active.failure, active.deadline) == ("failed", "no answer in time", None)


def test_a_last_flight_that_was_lost_comes_again() -> None:
    active, passive = pair()
    flight = active.start(0.0)
    for _ in range(2):
        answers = [one for datagram in flight for one in passive.handle(datagram, 0.0)]
        last, flight = flight, [one for datagram in answers for one in active.handle(datagram, 0.0)]
    assert passive.state == "done" and active.state == "done"
    assert passive.tick(REPEATS_S[0]) and passive.tick(REPEATS_S[1])
    assert passive.tick(9.0) == [] and passive.deadline is None
    assert last and active.deadline is None


def test_a_finished_association_listens_and_keeps_its_keys() -> None:
    ends = pair()
    run(ends, everything)
    keys = ends[0].keys
    ends[1]._connection.send(b"data")
    ends[1]._connection.shutdown()
    for datagram in ends[1]._outgoing():
        assert ends[0].handle(datagram, 6.0) is not None
    assert ends[0].keys == keys and ends[0].state == "done"


@settings(max_examples=60)
@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x20", b"\x15\xfe\xfd"])
)
def test_nonsense_neither_raises_nor_gives_keys(octets: bytes, prefix: bytes) -> None:
    ends = pair()
    for end in ends:
        flight = end.start(0.0)
        end.handle(prefix + octets, 0.0)
        assert end.keys is None and (flight or end.state != "done")
    finished = pair()
    run(finished, everything)
    finished[0].handle(prefix + octets, 6.0)
    assert finished[0].keys is not None


def test_datagrams_are_no_longer_than_the_mtu() -> None:
    record = b"\x16\xfe\xfd" + bytes(8) + (487).to_bytes(2, "big") + bytes(487)
    assert [len(one) for one in datagrams_of(record * 5)] == [1000, 1000, 500]
    assert datagrams_of(b"") == []
    assert 2 * len(record) <= MTU < 3 * len(record)


def test_the_names_of_a_failure_are_openssls() -> None:
    assert dtls._reason(SSL.Error([("SSL routines", "", "certificate verify failed")])) == (
        "certificate verify failed"
    )
    assert dtls._reason(SSL.SysCallError(1, "x")) == "SysCallError"
