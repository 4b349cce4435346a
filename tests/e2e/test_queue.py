"""A caller waits in a queue of the running PBX until the second agent answers (ACD-01)."""

import json
from pathlib import Path

import pytest

from tests.e2e.desk import device
from tests.e2e.running import free_port, prepare, running
from tests.e2e.test_apply import pbx_says
from tests.e2e.test_transfers import CALL_S, hear_each_other, phone

QUEUE = """\
queues:
  service:
    name: Service
    number: 8600
    members: [1001, 1002]
    strategy: in_order
    login: required
    ring: 3s
    retry: 30s
    wrap_up: 1s
"""


@pytest.mark.requirement("ACD-01")
async def test_the_next_agent_rings_when_the_first_does_not_answer(tmp_path: Path) -> None:
    """Carol waits; 1001 lets it ring, 1002 answers: one call, whose record names the queue."""
    (prepare(tmp_path) / "acme" / "queues.yaml").write_text(QUEUE)
    async with (
        running(tmp_path, free_port()) as pbx,
        device(pbx, "1001") as alice,
        device(pbx, "1002") as bob,
        phone(pbx, "1003") as carol,
    ):
        for agent in ("acme/1001", "acme/1002"):
            assert '"ready"' in (await pbx_says(pbx, "queue", "login", agent, "--json"))[1]
        waits = await carol.call("8600")
        rings = await alice.incoming(CALL_S)
        assert await waits.wait_answered(CALL_S) == 200
        taken = await bob.incoming(CALL_S)
        taken.answer()
        await hear_each_other(waits, taken)
        await rings.wait_ended(CALL_S)
        assert taken.remote_display == "Service"
        waits.hang_up()
        await taken.wait_ended(CALL_S)
        (call,) = json.loads((await pbx_says(pbx, "calls", "list", "--json"))[1])
        _, said = await pbx_says(pbx, "explain", "--call", call["call"])
        assert "queue service rings 1001" in said and "1001 missed" in said, said
        assert "extension/1002 has answered" in said, said
