"""What the admin grants."""

from ipaddress import ip_network

from pbx.sip.bindings.policy import DEFAULT_POLICY, RegistrationPolicy


def test_networks_are_a_list_of_places() -> None:
    policy = RegistrationPolicy(networks=(ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")))
    assert policy.allows("10.1.2.3") and policy.allows("2001:db8::1")
    assert not policy.allows("192.0.2.1") and not policy.allows("phone.example.com")
    assert DEFAULT_POLICY.allows("192.0.2.1")
