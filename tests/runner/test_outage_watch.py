"""The alarms of signalling, and the intake that a full journal closes."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from pbx.call.intake import Intake
from pbx.core.audit import AuditFact
from pbx.core.io.alarms import AlarmFolder
from pbx.runner.ledger import Ledger
from pbx.runner.outage_watch import RECORDS_FULL, RECORDS_WAIT, OutageWatch
from pbx.runner.outages import FAILURES, Outages


@dataclass
class Kept:
    """What the watch asks of a ledger."""

    is_full: bool = False
    n_sealed: int = 0
    away: float = 0.0

    def away_s(self, _now: float) -> float:
        return self.away


@dataclass
class Door:
    """What it tells an intake."""

    is_closed: bool = False


class Scene:
    def __init__(self, folder: Path, *, refuses: bool = True) -> None:
        self.kept, self.door, self.outages, self.facts = Kept(), Door(), Outages(), list[AuditFact]()
        self.watch = OutageWatch(
            self.outages,
            cast(Ledger, self.kept),
            cast(Intake, self.door),
            AlarmFolder(folder).settle,
            self.facts.append,
            refuses=refuses,
        )

    def standing(self) -> set[str]:
        return {alarm for alarm, text in self.watch.look(1.0).items() if text}


@pytest.mark.requirement("F-18")
def test_a_full_journal_closes_the_intake_until_there_is_room(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.standing() == set()
    scene.kept.away, scene.kept.n_sealed = 7.0, 3
    assert scene.standing() == {RECORDS_WAIT} and not scene.door.is_closed
    scene.kept.is_full = True
    assert scene.standing() == {RECORDS_WAIT, RECORDS_FULL} and scene.door.is_closed
    assert scene.standing() == {RECORDS_WAIT, RECORDS_FULL}
    scene.kept.is_full, scene.kept.away, scene.kept.n_sealed = False, 0.0, 0
    assert scene.standing() == set() and not scene.door.is_closed
    assert [fact.kind for fact in scene.facts] == ["records.full", "records.room"]


def test_who_would_rather_lose_facts_takes_calls(tmp_path: Path) -> None:
    scene = Scene(tmp_path, refuses=False)
    scene.kept.is_full = True
    assert RECORDS_FULL in scene.standing() and not scene.door.is_closed


def test_an_outage_of_another_part_is_an_alarm(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for _ in range(FAILURES):
        scene.outages.customers("acme", False)
    assert scene.standing() == {"customers_away"}
