"""Certificates are remembered for a while, failures for a moment."""

from datetime import timedelta

from pbx.sip.stir.certificate_cache import FAULT_S, MAX_AGE_S, MAX_URLS, CertificateCache
from pbx.sip.stir.verification import NoCredential
from tests.sip.stir.conftest import AT, credential

FAULT = NoCredential(code=436, detail="no route")


def test_a_credential_lives_as_long_as_the_server_says_within_limits() -> None:
    cache, good = CertificateCache(), credential()
    cache.put("u", good, 0.0, 3600.0)
    assert cache.get("u", 3599.0, AT) is good
    assert cache.get("u", 3600.0, AT) is None
    assert len(cache) == 0
    cache.put("u", good, 0.0, 10 * MAX_AGE_S)
    assert cache.get("u", MAX_AGE_S, AT) is None
    cache.put("u", good, 0.0, 0.0)
    assert cache.get("u", FAULT_S - 1, AT) is good


def test_not_beyond_the_life_of_the_certificate() -> None:
    cache = CertificateCache()
    cache.put("u", credential(), 0.0)
    assert cache.get("u", 1.0, AT + timedelta(days=60)) is None


def test_a_failure_is_asked_about_again_soon() -> None:
    cache = CertificateCache()
    cache.put("u", FAULT, 0.0)
    assert cache.get("u", FAULT_S - 1, AT) is FAULT
    assert cache.get("u", FAULT_S, AT) is None


def test_the_oldest_entry_leaves() -> None:
    cache = CertificateCache()
    for n in range(MAX_URLS + 1):
        cache.put(str(n), FAULT, 0.0)
    assert len(cache) == MAX_URLS
    assert cache.get("0", 1.0, AT) is None
    assert cache.get("1", 1.0, AT) is FAULT
