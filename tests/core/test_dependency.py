"""What is away, by the alarms that stand."""

from pbx.core.dependency import ALARMS, Dependency, away


def test_every_dependency_has_an_alarm_and_no_alarm_has_two() -> None:
    assert set(ALARMS) == set(Dependency)
    names = [name for names in ALARMS.values() for name in names]
    assert len(names) == len(set(names))


def test_what_is_away() -> None:
    assert away(()) == frozenset()
    assert away(("toll_suspended", "dns_away", "database_away")) == {Dependency.DNS, Dependency.DATABASE}
