"""What a scenario says when nothing else is said."""

from pbx.rehearsal.scenario import SILENT
from tests.rehearsal.conftest import ADA, CALLER


def test_a_telephone_rings_and_nobody_answers() -> None:
    assert (SILENT.answers_s, SILENT.refuses, SILENT.is_away) == (None, 0, False)


def test_a_person_is_not_printed() -> None:
    assert "7700900123" not in repr(ADA) and "19800203" not in repr(ADA)
    assert CALLER.has_database and CALLER.has_room
