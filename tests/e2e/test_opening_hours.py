"""A call from the network goes by the opening hours of its flow."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.e2e.running import free_port, prepare, running
from tests.e2e.test_apply import pbx_says
from tests.e2e.test_reload import status_of, until

FLOW = """\
flow: echo
start: hours
steps:
  hours:
    schedule:
      hours: {mon-sun: ["00:00-24:00"]}
      holidays: [HOLIDAYS]
    open: echo
    closed: echo
    holiday: feast
  feast: {hang_up: null}
  echo: {echo: null}
"""


async def test_a_caller_on_a_holiday(tmp_path: Path) -> None:
    """Yesterday and tomorrow are holidays too, so that the test may run at midnight."""
    now = datetime.now(UTC)
    days = ", ".join(f'"{now + timedelta(days=n):%m-%d}"' for n in (-1, 0, 1))
    file = prepare(tmp_path) / "acme" / "flows" / "echo.yaml"
    file.write_text(FLOW.replace("HOLIDAYS", days))
    async with running(tmp_path, free_port()) as pbx:
        assert await status_of(pbx, "01632960102") == 200

        async def is_recorded() -> bool:
            calls = json.loads((await pbx_says(pbx, "calls", "list", "--json"))[1])
            return bool(calls and calls[0]["cause"] == "flow_ended")

        await until(is_recorded, 20)
        (call,) = json.loads((await pbx_says(pbx, "calls", "list", "--json"))[1])
        _, said = await pbx_says(pbx, "explain", "--call", call["call"])
        assert "echo.hours" in said and "echo.feast" in said and "echo.echo" not in said, said
