"""What an extension says beats what its tenant says."""

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from pbx.config.registration import RegistrationSettings, WrittenLimits, policy_of
from pbx.sip.bindings.policy import DEFAULT_POLICY
from pbx.sip.qualify import QualifyRule


def test_nothing_said_is_the_default() -> None:
    assert policy_of(RegistrationSettings(), WrittenLimits()) == DEFAULT_POLICY


def test_the_extension_beats_its_tenant() -> None:
    tenant = RegistrationSettings.model_validate(
        {
            "max_contacts": 3,
            "when_full": "replace_oldest",
            "acl": ["10.0.0.0/8"],
            "qualify": {"interval": "30s", "failures": 2},
            "min_expires": "2 min",
        }
    )
    policy = policy_of(tenant, WrittenLimits())
    assert (policy.max_contacts, policy.when_full, policy.min_expires_s) == (3, "replace_oldest", 120)
    assert policy.networks == (ip_network("10.0.0.0/8"),)
    assert policy.qualify == QualifyRule(interval_s=30.0, failures=2)
    own = WrittenLimits.model_validate(
        {"max_contacts": 1, "when_full": "reject", "acl": ["192.0.2.1/32"], "qualify": {"enabled": False}}
    )
    policy = policy_of(tenant, own)
    assert (policy.max_contacts, policy.when_full, policy.qualify) == (1, "reject", None)
    assert policy.networks == (ip_network("192.0.2.1/32"),)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"min_expires": "2h", "default_expires": "1h"}, "min_expires <= default_expires"),
        ({"max_expires": "10 min"}, "default_expires <= max_expires"),
        ({"qualify": {"interval": "5s", "timeout": "5s"}}, "timeout must be shorter than interval"),
        ({"max_contacts": 0}, "greater than or equal to 1"),
        ({"max_contacts": 101}, "less than or equal to 100"),
        ({"acl": ["10.0.0.1/8"]}, "has host bits set"),
        ({"when_full": "panic"}, "'reject', 'replace_oldest' or 'remove_unreachable'"),
    ],
)
def test_mistakes_are_named(written: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        RegistrationSettings.model_validate(written)
