"""Without a configuration nothing is held against anybody, but wrong passwords are."""

from pbx.sip.defence.settings import DefenceSettings


def test_the_default_limits_nobody() -> None:
    settings = DefenceSettings()
    assert (settings.source.per_s, settings.neighbour.per_s, settings.sweep.per_s) == (0.0, 0.0, 0.0)
    assert (settings.strangers, settings.fits) == ("challenge", False)
    assert settings.bans.user_failures == 5
