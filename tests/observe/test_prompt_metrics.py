"""What callers did not hear as it was wanted is in the catalogue, by tenant."""

from pbx.observe import catalogue
from pbx.observe.prompt_metrics import PROMPTS_FELL_BACK, PROMPTS_MISSING


def test_they_are_part_of_the_catalogue() -> None:
    assert (catalogue.PROMPTS_FELL_BACK, catalogue.PROMPTS_MISSING) == (PROMPTS_FELL_BACK, PROMPTS_MISSING)


def test_no_sentence_and_no_language_becomes_a_label() -> None:
    assert PROMPTS_FELL_BACK.labels == PROMPTS_MISSING.labels == ("tenant",)
