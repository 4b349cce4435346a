"""Which certificate a connection believes."""

import pytest
from cryptography import x509
from OpenSSL import SSL

from pbx.core.errors import MisuseError
from pbx.core.srtp import Fingerprint
from pbx.media.dtls_identity import DtlsIdentity, fingerprint_of, matches
from pbx.media.io.dtls_identity import new_identity


def certificate_of(identity: DtlsIdentity) -> x509.Certificate:
    """Return what the identity shows to its peer."""
    server, client = identity.connection(()), new_identity().connection((identity.fingerprint,))
    server.set_accept_state()
    client.set_connect_state()
    for sender, receiver in ((client, server), (server, client)):
        try:
            sender.do_handshake()
        except SSL.WantReadError:
            pass
        receiver.bio_write(sender.bio_read(1 << 16))
    try:
        client.do_handshake()
    except SSL.WantReadError:
        pass
    certificate = client.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    return certificate


def test_the_fingerprint_is_that_of_the_certificate_shown() -> None:
    identity = new_identity()
    certificate = certificate_of(identity)
    assert fingerprint_of(certificate, "sha-256") == identity.fingerprint
    assert len(identity.fingerprint.digest) == 64


def test_every_fingerprint_must_match_and_there_must_be_one() -> None:
    certificate = certificate_of(new_identity())
    right, also = fingerprint_of(certificate, "sha-256"), fingerprint_of(certificate, "sha-512")
    wrong = Fingerprint(hash="sha-384", digest="00" * 48)
    assert matches(certificate, (right,)) and matches(certificate, (right, also))
    assert not matches(certificate, (right, wrong))
    assert not matches(certificate, ())


def test_every_worker_is_somebody_else() -> None:
    assert new_identity().fingerprint != new_identity().fingerprint


def test_dtls_for_a_party_that_may_have_none_of_its_suites_is_a_mistake_of_ours() -> None:
    with pytest.raises(MisuseError):
        new_identity().connection((), ("AES_256_CM_HMAC_SHA1_80",))
