"""What can be wrong with queues although each is well written."""

from pathlib import Path

import pytest

from pbx.config.check_queues import check_queues, check_target, exits_without_key
from pbx.config.sources import TenantSource, read_tenant

STEP = """\
flow: wait
start: wait
steps:
  wait: {queue: team, otherwise: bye, exit: bye}
  bye: {hang_up: null}
"""


def source(folder: Path, queues: str, *, step: str = STEP) -> TenantSource:
    acme = folder / "acme"
    (acme / "queues.yaml").unlink()
    if queues:
        (acme / "queues.yaml").write_text(f"queues:\n{queues}")
    (acme / "flows" / "wait.yaml").write_text(step)
    read, errors = read_tenant(acme, "acme")
    assert errors == []
    return read


def test_a_queue_that_a_flow_leads_to(folder: Path) -> None:
    written = "  team: {number: 8600, members: [1001], exit_key: '0', otherwise: queue/other}\n"
    read = source(folder, f"{written}  other: {{members: [1001], otherwise: voicemail/support}}\n")
    assert check_queues(read) == exits_without_key(read) == []
    assert check_target(read, ("inbound",), "team") == check_target(read, ("inbound",), None) == []
    (error,) = check_target(read, ("inbound",), "tea")
    assert "there is no queue tea (did you mean team?)" in str(error)


@pytest.mark.parametrize(
    ("queues", "message"),
    [
        (
            "  team: {members: [1001], number: 1001}\n",
            "queues.yaml:2:35: queues.team.number: 1001 is an extension",
        ),
        ("  team: {members: [1001], number: 999}\n", "999 is an emergency number already"),
        (
            "  team: {members: [1001], number: 8600}\n  x: {members: [1001], number: 8600}\n",
            "x.number: 8600 is the queue team already",
        ),
        (
            "  team: {members: [1004]}\n",
            "queues.yaml:2:20: queues.team.members.0: there is no extension 1004",
        ),
        ("  team: {members: [1001], music: hodl}\n", "there is no class of music hodl (did you mean hold?)"),
        ("  team: {members: [1001], otherwise: queue/team}\n", "there is no queue/team"),
        ("  team: {members: [1001], otherwise: voicemail/suport}\n", "(did you mean voicemail/support?)"),
        (
            "  teams: {members: [1001]}\n",
            "acme/flows/wait.yaml:4:17: steps.wait.queue: there is no queue team",
        ),
        ("", "there is no queue team (queues are listed in queues.yaml)"),
    ],
)
def test_mistakes_are_named_with_their_place(folder: Path, queues: str, message: str) -> None:
    (error,) = check_queues(source(folder, queues))
    assert message in str(error)


def test_a_way_that_no_key_leads_to_is_warned_of(folder: Path) -> None:
    (warning,) = exits_without_key(source(folder, "  team: {members: [1001]}\n"))
    assert "steps.wait.exit: no key leads there: the queue team has no exit_key" in str(warning)


def test_a_file_with_mistakes_makes_no_others(folder: Path) -> None:
    (folder / "acme" / "queues.yaml").write_text("queues: {team: {}}\n")
    (folder / "acme" / "flows" / "wait.yaml").write_text(STEP)
    read, errors = read_tenant(folder / "acme", "acme")
    assert len(errors) == 1 and check_queues(read) == []
