"""What we prove to others that we are."""

from pbx.core.secret import Secret
from pbx.sip.credentials import DigestCredentials


def test_the_password_is_not_shown() -> None:
    credentials = DigestCredentials(username="acme7", password=Secret("pa55"))
    assert "pa55" not in repr(credentials) and credentials.realm == ""
