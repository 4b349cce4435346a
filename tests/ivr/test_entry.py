"""One round of asking: when the waiting starts, and which keys have a meaning."""

from pbx.core.secret import Secret
from pbx.ivr.entry import Entry, EntrySettings
from pbx.ivr.steps import Collect, Menu

MENU = Menu(text="?", keys={"1": "a"}, fallback="b", invalid_text="!", timeout_s=7.0)
COLLECT = Collect(
    text="?",
    variable="v",
    min_digits=2,
    max_digits=3,
    next="a",
    fallback="b",
    invalid_text="!",
    first_digit_timeout_s=6.0,
    inter_digit_timeout_s=2.0,
)


def test_waiting_starts_when_the_question_ends() -> None:
    entry = Entry(EntrySettings.for_menu(MENU))
    assert entry.speaking and entry.deadline is None and entry.tick(1000.0) is None
    entry.prompt_ended(10.0)
    assert not entry.speaking and entry.deadline == 17.0
    result = entry.tick(17.0)
    assert result is not None and result.timed_out and not result.complete


def test_the_late_end_of_a_question_does_not_prolong_the_wait() -> None:
    entry = Entry(EntrySettings.for_collect(COLLECT))
    assert entry.press(Secret("1"), 10.0) is None
    entry.prompt_ended(11.0)
    assert entry.deadline == 12.0


def test_a_menu_takes_hash_and_star_as_keys() -> None:
    for digit in "#*0":
        result = Entry(EntrySettings.for_menu(MENU)).press(Secret(digit), 1.0)
        assert result is not None and result.digits == Secret(digit)


def test_collect_ends_at_its_length_and_star_clears() -> None:
    entry = Entry(EntrySettings.for_collect(COLLECT))
    results = [entry.press(Secret(digit), 1.0) for digit in "9*123"]
    assert results[:-1] == [None] * 4
    assert results[-1] is not None and results[-1].digits == Secret("123") and results[-1].complete
