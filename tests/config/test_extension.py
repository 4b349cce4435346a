"""Whom callers may find by name."""

from pbx.config.extension import Extension, people_of
from pbx.ivr.name_search import Person


def test_who_does_not_want_to_be_found_is_not() -> None:
    listed, hidden = Extension(number="1", name="Ada"), Extension(number="2", name="Bo", is_listed=False)
    assert people_of([listed, hidden]) == (Person(extension="1", name="Ada"),)
