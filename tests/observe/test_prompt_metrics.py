"""What callers did not hear as it was wanted is in the catalogue, by tenant."""

from pbx.observe import catalogue
from pbx.observe.prompt_metrics import CONSENTS_UNSPOKEN, PROMPTS_FELL_BACK, PROMPTS_MISSING


def test_they_are_part_of_the_catalogue() -> None:
    assert catalogue.CONSENTS_UNSPOKEN is CONSENTS_UNSPOKEN
    assert (catalogue.PROMPTS_FELL_BACK, catalogue.PROMPTS_MISSING) == (PROMPTS_FELL_BACK, PROMPTS_MISSING)


def test_no_sentence_and_no_language_becomes_a_label() -> None:
    assert PROMPTS_FELL_BACK.labels == PROMPTS_MISSING.labels == ("tenant",)
