"""Rules of an operator's own reach the running PBX by a reload, and a call keeps those it began with."""

from pathlib import Path

import pytest

from pbx.core.io.clock import utc_now
from tests.config.test_rule_file import OWN, PUBLIC, SHIPPED, signed
from tests.e2e.callers import QUESTION, WELCOME, calling, hear, kept, prompt
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.test_reload import reload

EARLY, LATE = "+447700900301", "+447700900302"
OLDER = OWN.replace("2026-12-24", "2026-12-23")


async def version_of(pbx: RunningPbx, number: str) -> tuple[str, str]:
    """The version and the mode that the caller of this number was told under."""
    found = await kept(pbx, number, utc_now().replace(hour=0, minute=0, second=0, microsecond=0))
    decision = found.consents["caller"].proof.decision
    return decision.rules_version, decision.mode


@pytest.mark.proof
@pytest.mark.requirement("C-03")
async def test_new_calls_go_by_the_new_rules_and_running_ones_by_theirs(tmp_path: Path) -> None:
    async with running(tmp_path, free_port()) as pbx:
        before = pbx.config.rules.version
        machine = tmp_path / "config" / "pbx.yaml"
        machine.write_text(
            f'{machine.read_text()}\nconsent: {{rules_file: own.yaml, signed_by: "{PUBLIC}"}}\n'
        )
        (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
        code, said = await reload(pbx)
        assert (code, "own.yaml.sig" in said) == (1, True)
        async with calling(pbx, EARLY) as (_, call):
            await hear(call, prompt(pbx, WELCOME))
            signed(tmp_path)
            assert (await reload(pbx))[0] == 0
            await hear(call, prompt(pbx, QUESTION))
        assert await version_of(pbx, EARLY) == (before, "notify")
        for older in (OLDER, SHIPPED):
            signed(tmp_path, older)
            code, said = await reload(pbx)
            assert (code, "older than those in force, of 2026-12-24" in said) == (1, True)
        async with calling(pbx, LATE) as (_, call):
            await hear(call, prompt(pbx, QUESTION))
        assert await version_of(pbx, LATE) == ("2026-12-24", "optin_one")
