"""The header fields of a call for help."""

import pytest

from pbx.sip.identity.help import HelpProfile, help_fields

pytestmark = pytest.mark.requirement("CF-42", "SIP-40")


@pytest.mark.parametrize(
    ("profile", "content_id", "fields"),
    [
        (HelpProfile(), "", (("Priority", "emergency"),)),
        (HelpProfile(priority=False), "", ()),
        (HelpProfile(priority=False, resource_priority="esnet.0"), "", (("Resource-Priority", "esnet.0"),)),
        (
            HelpProfile(),
            "x@acme.example",
            (
                ("Priority", "emergency"),
                ("Geolocation", "<cid:x@acme.example>"),
                ("Geolocation-Routing", "yes"),
            ),
        ),
    ],
)
def test_what_the_carrier_is_told(
    profile: HelpProfile, content_id: str, fields: tuple[tuple[str, str], ...]
) -> None:
    assert help_fields(profile, content_id) == fields
