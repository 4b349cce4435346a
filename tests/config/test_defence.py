"""`defence` and `limits` as an admin writes them."""

import pytest
from pydantic import ValidationError

from pbx.assembly.calls import call_limits
from pbx.assembly.endpoint import defence_of
from pbx.call.quotas import CallLimits
from pbx.config.defence import WrittenDefence, WrittenLimits
from pbx.sip.defence.failures import BanRules


def test_what_is_left_out_is_careful() -> None:
    settings = defence_of(WrittenDefence())
    assert (settings.source.per_s, settings.source.burst) == (50.0, 100)
    assert (settings.strangers, settings.fits) == ("silence", True)
    assert settings.bans == BanRules()
    assert call_limits(WrittenLimits()) == CallLimits()


def test_everything_can_be_written() -> None:
    written = WrittenDefence.model_validate(
        {
            "strangers": "challenge",
            "small_answers": False,
            "messages": {"per_s": 0, "burst": 1},
            "user_ban": {"failures": 3, "within": "1 min", "ban": "1h"},
        }
    )
    settings = defence_of(written)
    assert (settings.strangers, settings.fits, settings.source.per_s) == ("challenge", False, 0.0)
    assert (settings.bans.user_failures, settings.bans.user_window_s, settings.bans.user_ban_s) == (
        3,
        60.0,
        3600.0,
    )
    limits = call_limits(WrittenLimits.model_validate({"extension": {"calls": 4, "calls_per_s": 2}}))
    assert (limits.extension.calls, limits.extension.calls_per_s, limits.machine.calls) == (4, 2.0, 2000)


@pytest.mark.parametrize(
    "written",
    [
        {"strangers": "welcome"},
        {"messages": {"per_s": -1, "burst": 1}},
        {"messages": {"per_s": 1, "burst": 0}},
        {"user_ban": {"failures": 0, "within": "1 min", "ban": "1h"}},
        {"banned": ["192.0.2.1"]},
    ],
)
def test_mistakes_are_refused(written: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WrittenDefence.model_validate(written)
