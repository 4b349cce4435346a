"""A step that asks a plug-in: where its outcomes lead."""

import pytest

from pbx.ivr.plugin_steps import AskPlugin

pytestmark = pytest.mark.requirement("IVR-10")
ASK = AskPlugin(
    name="loyalty",
    send=("caller",),
    secrets=("pin",),
    take={"sum": "points"},
    by_outcome={"known": "tell", "unknown": "sorry"},
    failed="away",
)


def test_where_it_leads() -> None:
    assert ASK.following == ("tell", "sorry", "away")
    assert [ASK.way(one) for one in ("known", "unknown", "failed", "other")] == [
        "tell",
        "sorry",
        "away",
        "away",
    ]


def test_what_it_tells_and_takes() -> None:
    assert (ASK.needs, ASK.may_tell, ASK.open_names) == (("caller", "pin"), ("pin",), ("sum",))
    assert (ASK.kind, ASK.asked, ASK.words) == ("plugin", "loyalty", "asks the plug-in loyalty")
