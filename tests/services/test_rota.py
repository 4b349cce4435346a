"""Which places of a ring begin when, and until when they ring."""

from pbx.core.ids import LegId
from pbx.dialplan.routes import ToTrunk
from pbx.services.rota import Place, Rota

DESK = Place(extension="1001", ring_s=10.0)
LATER = Place(extension="1002", after_s=10.0)
MOBILE = Place(route=ToTrunk(trunk="carrier", number="+447700900999"), after_s=20.0, ring_s=5.0)
A = LegId("a")


def test_each_begins_in_its_turn() -> None:
    rota = Rota((MOBILE, LATER, DESK), 100.0)
    assert rota.begin(100.0) == [DESK]
    assert (rota.n_waiting, rota.deadline) == (2, 110.0)
    assert rota.begin(109.9) == []
    assert rota.begin(110.0) == [LATER]
    assert rota.deadline == 120.0
    assert rota.begin(120.0) == [MOBILE]
    assert (rota.n_waiting, MOBILE.name) == (0, "+447700900999")


def test_nobody_waits_while_nobody_rings() -> None:
    rota = Rota((DESK, LATER, MOBILE), 100.0)
    rota.begin(100.0)
    assert rota.begin(103.0, is_quiet=True) == [LATER]
    assert rota.begin(103.0, is_quiet=True) == [MOBILE]
    assert rota.end_of(MOBILE.name) == 108.0, "it rings as long as it would have"


def test_a_turn_is_over_once() -> None:
    rota = Rota((DESK,), 100.0)
    rota.begin(100.0)
    rota.rings("1001", A)
    assert (rota.deadline, rota.end_of("1002")) == (110.0, None)
    assert rota.over(109.9) == []
    assert rota.over(110.0) == [A]
    assert (rota.over(111.0), rota.deadline) == ([], None)


def test_who_has_picked_up_stays() -> None:
    rota = Rota((DESK,), 100.0)
    rota.begin(100.0)
    rota.rings("1001", A)
    rota.stays(A)
    assert rota.over(120.0) == []
