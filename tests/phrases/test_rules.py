"""A table becomes rules, or says what is wrong with it."""

from typing import Any

import pytest

from pbx.phrases.rules import MAX_NUMBER, Language, merged
from pbx.phrases.shipped import TAGS, shipped_languages
from pbx.phrases.spell import Unsayable, numeral
from pbx.phrases.template import written


def table(**changes: Any) -> dict[str, Any]:
    """A language that counts to three."""
    whole: dict[str, Any] = {
        "sets": {"cardinal": {"words": ["none", "one", "two", "three"], "most": 3}},
        "shapes": {"count": ["{number} {noun}"]},
        "counting": {"n": "cardinal"},
        "ordinals": {},
        "plural": [{"is": "one", "if": {"n": 1}}],
        "nouns": {"day": {"gender": "n", "one": "day", "other": "days"}},
        "currencies": {},
        "months": [str(month) for month in range(12)],
        "weekdays": [str(day) for day in range(7)],
        "signs": {"+": "plus"},
        "clock": 24,
    }
    return whole | changes


def test_words_go_before_rules_and_the_largest_base_counts() -> None:
    sets = {
        "cardinal": {
            "words": {0: "nil", 12: "a dozen"},
            "rules": {0: "few", "10/5": "{q} fives", 100: "lots"},
        }
    }
    language = Language.read("xx-XX", table(sets=sets))
    said = [written(numeral(language, number, "cardinal")) for number in (0, 9, 10, 12, 14, 100)]
    assert said == ["nil", "few", "few fives", "a dozen", "few fives", "lots"]


def test_a_set_is_like_another_one_but_for_what_it_says() -> None:
    sets = {
        "cardinal": {"words": ["nought", "one"], "rules": {2: "more[ and {r}]"}},
        "other": {"like": "cardinal", "words": {1: "a"}},
    }
    language = Language.read("xx-XX", table(sets=sets))
    assert written(numeral(language, 3, "other")) == "more"
    assert written(numeral(language, 1, "other")) == "a"
    assert written(numeral(language, 0, "other")) == "nought"


def test_a_set_says_no_more_than_its_most() -> None:
    language = Language.read("xx-XX", table())
    assert written(numeral(language, 3, "cardinal")) == "three"
    with pytest.raises(Unsayable):
        numeral(language, 4, "cardinal")


def test_rules_that_send_a_number_round_end() -> None:
    sets = {"cardinal": {"rules": {0: "{n:other}"}}, "other": {"rules": {0: "{n:cardinal}"}}}
    with pytest.raises(Unsayable):
        numeral(Language.read("xx-XX", table(sets=sets)), 1, "cardinal")


@pytest.mark.parametrize(
    "changes",
    [
        {"sets": {"cardinal": {"like": "cardinal"}}},
        {"sets": {"cardinal": {"like": "a"}, "a": {"like": "cardinal"}}},
        {"sets": {"cardinal": {"rules": {"ten": "x"}}}},
        {"sets": {"cardinal": {"rules": {1: "[x"}}}},
        {"months": ["January"]},
        {"weekdays": []},
        {"nouns": {"day": {"gender": "n", "one": "day"}}},
        {"plural": [{"is": "one", "if": {"n": "some"}}]},
    ],
)
def test_a_bad_table_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        Language.read("xx-XX", table(**changes))


def test_one_table_is_laid_over_another() -> None:
    below = {"a": {"x": 1, "y": 2}, "b": [1, 2]}
    assert merged(below, {"a": {"y": 3}, "b": [4]}) == {"a": {"x": 1, "y": 3}, "b": [4]}


def test_the_shipped_languages_have_the_same_nouns_currencies_and_shapes() -> None:
    languages = shipped_languages()
    assert sorted(languages) == sorted(TAGS)
    first = languages["en-GB"]
    for language in languages.values():
        assert set(language.nouns) == set(first.nouns), language.tag
        assert set(language.currencies) == set(first.currencies), language.tag
        assert set(language.shapes) == set(first.shapes), language.tag
        assert set(language.signs) == {"+", "*", "#"}, language.tag


def test_every_set_that_a_template_names_exists() -> None:
    for language in shipped_languages().values():
        rules = [rule for one in language.sets.values() for rule in one.rules]
        items = [item for rule in rules for item in (*rule.say, *rule.even)]
        items += [item for cases in language.shapes.values() for case in cases for item in case.say]
        named = {form for item in items if (form := getattr(item, "form", ""))}
        named |= {
            *language.counting.values(),
            *language.ordinals.values(),
            *(("pair",) if language.pairs else ()),
        }
        assert named <= set(language.sets), language.tag


def test_all_numbers_up_to_the_largest_have_a_cardinal() -> None:
    for language in shipped_languages().values():
        assert numeral(language, MAX_NUMBER, "cardinal"), language.tag
