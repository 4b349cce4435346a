"""DTLS with OpenSSL's command line as the peer, and OpenSSL's own repeats on the real clock."""

import asyncio
import re
import socket
import time
from pathlib import Path

import pytest
from cryptography import x509

from pbx.core.srtp import SUITES, DtlsParameters
from pbx.media.dtls import DtlsAssociation
from pbx.media.dtls_identity import fingerprint_of
from pbx.media.io.dtls_identity import new_identity

PATIENCE_S = 10.0
CHANGE_CIPHER_SPEC = 20


async def make_certificate(folder: Path) -> x509.Certificate:
    """Let OpenSSL make a P-256 certificate as telephones have one."""
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-subj", "/CN=phone", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    return x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())


async def serve(ours: DtlsAssociation, port: socket.socket) -> None:
    """Handshake in the passive role with whoever comes first."""
    loop = asyncio.get_running_loop()
    while ours.state not in ("done", "failed"):
        datagram, source = await asyncio.wait_for(loop.sock_recvfrom(port, 2048), PATIENCE_S)
        for answer in ours.handle(datagram, time.monotonic()):
            await loop.sock_sendto(port, answer, source)


@pytest.mark.requirement("MED-08")
@pytest.mark.rfc("5764", "4.2")
@pytest.mark.parametrize(
    ("profile", "suite"),
    [
        ("SRTP_AEAD_AES_128_GCM", "AEAD_AES_128_GCM"),
        ("SRTP_AES128_CM_SHA1_80", "AES_CM_128_HMAC_SHA1_80"),
    ],
)
async def test_openssls_client_exports_the_same_keys(tmp_path: Path, profile: str, suite: str) -> None:
    certificate = await make_certificate(tmp_path)
    parameters = DtlsParameters(role="passive", remote_fingerprints=(fingerprint_of(certificate, "sha-256"),))
    ours = DtlsAssociation(new_identity(), parameters)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.1", 0))
        port.setblocking(False)
        client = await asyncio.create_subprocess_exec(
            *("openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{port.getsockname()[1]}"),
            *("-use_srtp", profile, "-cert", tmp_path / "cert.pem", "-key", tmp_path / "key.pem"),
            *("-keymatexport", "EXTRACTOR-dtls_srtp", "-keymatexportlen", "60"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert client.stdin is not None and client.stdout is not None
        try:
            await serve(ours, port)
            shown = await asyncio.wait_for(client.stdout.readuntil(b"Keying material: "), PATIENCE_S)
            material = bytes.fromhex((await client.stdout.readline()).decode())
        finally:
            client.kill()
            await client.wait()
    assert re.search(rb"SRTP Extension negotiated, profile=" + profile.encode(), shown)
    keys = ours.keys
    assert keys is not None and keys.suite == suite
    n_key, n_salt = SUITES[keys.suite].key_bytes, SUITES[keys.suite].salt_bytes
    salts = material[2 * n_key :]
    assert keys.remote == material[:n_key] + salts[:n_salt]  # the client is who came to us
    assert keys.local == material[n_key : 2 * n_key] + salts[n_salt : 2 * n_salt]


def records(flight: list[bytes]) -> list[bytes]:
    """Return one datagram per record."""
    found = []
    for datagram in flight:
        while datagram:
            end = 13 + int.from_bytes(datagram[11:13], "big")
            found.append(datagram[:end])
            datagram = datagram[end:]
    return found


class EarlyChange:
    """A network on which the first change of cipher comes too early, so that the peer cannot take it."""

    def __init__(self) -> None:
        self.is_over = False

    def carry(self, flight: list[bytes]) -> list[bytes]:
        parts = records(flight)
        types = [part[0] for part in parts]
        if not self.is_over and CHANGE_CIPHER_SPEC in types:
            self.is_over = True
            at = types.index(CHANGE_CIPHER_SPEC)
            parts[at - 1], parts[at] = parts[at], parts[at - 1]
        return parts


def test_openssls_repeat_comes_after_a_second() -> None:
    a, b = new_identity(), new_identity()
    active = DtlsAssociation(a, DtlsParameters(role="active", remote_fingerprints=(b.fingerprint,)))
    passive = DtlsAssociation(b, DtlsParameters(role="passive", remote_fingerprints=(a.fingerprint,)))
    network, began = EarlyChange(), time.monotonic()
    queue = [(passive, part) for part in network.carry(active.start(began))]
    while "handshake" in (active.state, passive.state):
        now = time.monotonic()
        assert now - began < PATIENCE_S
        while queue:
            receiver, part = queue.pop(0)
            other = active if receiver is passive else passive
            queue += [(other, answer) for answer in network.carry(receiver.handle(part, now))]
        for end, other in ((active, passive), (passive, active)):
            if end.deadline is not None and now >= end.deadline:
                queue += [(other, part) for part in network.carry(end.tick(now))]
        if not queue:
            dues = [end.deadline for end in (active, passive) if end.deadline is not None]
            time.sleep(max(min(dues, default=now) - time.monotonic(), 0.0))
    assert network.is_over
    assert active.keys is not None and passive.keys is not None
    assert active.keys.local == passive.keys.remote
    assert 0.9 < time.monotonic() - began < 3.0
