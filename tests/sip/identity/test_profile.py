"""The default profile tells nothing and believes nothing."""

from pbx.sip.identity.profile import TrunkProfile


def test_the_default_is_careful() -> None:
    profile = TrunkProfile()
    assert (profile.trusted, profile.sends, profile.redirects, profile.stir) == (
        False,
        "none",
        "refuse",
        "off",
    )
