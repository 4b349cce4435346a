"""The time of day in a flow."""

from datetime import UTC, datetime, timedelta

from pbx.core.wall import Wall
from pbx.ivr.context import FlowContext
from pbx.ivr.speech import Speech
from pbx.ivr.variables import Variables


def test_the_time_goes_on_with_the_events() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    context = FlowContext(speech=Speech(), variables=Variables(frozenset()))
    assert context.at is None
    context.wall, context.now = Wall(noon, 100.0), 160.0
    assert context.at == noon + timedelta(minutes=1)
