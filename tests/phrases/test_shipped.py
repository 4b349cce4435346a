"""The languages that come with the product."""

from pbx.phrases.shipped import TAGS, language_for, shipped_language, shipped_languages


def test_each_is_read_and_bears_its_tag() -> None:
    assert {tag: language.tag for tag, language in shipped_languages().items()} == {tag: tag for tag in TAGS}


def test_a_tag_is_served_by_its_language() -> None:
    assert language_for("de-AT") is shipped_language("de-DE")
    assert language_for("en-US") is shipped_language("en-US")
    assert language_for("pl-PL") is None
