"""What flows say with values, and what they say in other languages, as `pbx check` has it."""

import re
from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load

pytestmark = pytest.mark.requirement("IVR-06")
PAGE = Path(__file__).parents[2] / "docs" / "phrases.md"
FLOW = """flow: order
start: ask
steps:
  ask:
    collect: "Please enter your order number."
    into: order
    max_digits: 8
    secret: false
    next: card
    otherwise: read
  card:
    collect: "Please enter the number of your card."
    into: card
    max_digits: 16
    next: read
    otherwise: read
  read:
    say: SAID
    next: end
  end: {hang_up: "Goodbye."}
"""
SENTENCES = ("Please enter your order number.", "Please enter the number of your card.", "Goodbye.")


def problems(folder: Path, said: str) -> list[str]:
    (folder / "acme/flows/order.yaml").write_text(FLOW.replace("SAID", said))
    try:
        load(folder)
    except ConfigProblems as found:
        return [str(error) for error in found.errors]
    return []


def warnings(folder: Path, tag: str, texts: str) -> list[str]:
    assert problems(folder, '"Wait."') == []
    file = folder / "acme/prompts" / tag / "texts.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(texts)
    return [str(one) for one in load(folder).warnings if "texts.yaml" in str(one)]


@pytest.mark.parametrize(
    "said",
    [
        '{digits: "{order}"}',
        '["Your number is", {telephone: "{caller}"}, "and you have called", {telephone: "{called}"}]',
        '[{date: "{today}", form: on_day}, {time: "{now}"}]',
        '{text: "That is", money: 12.5, currency: GBP}',
        "{money: 1250, unit: minor, currency: EUR}",
        "{ordinal: 3}",
    ],
)
def test_values_that_can_be_read(folder: Path, said: str) -> None:
    assert problems(folder, said) == []


@pytest.mark.parametrize(
    ("said", "column", "message"),
    [
        (
            '{digits: "{card}"}',
            19,
            "steps.read.say.digits: what is collected into card is a secret entry (what is said is recorded; "
            "if it is none, write secret: false in the step that collects it)",
        ),
        (
            '{digits: "{ordre}"}',
            19,
            "steps.read.say.digits: there is nothing to fill in for {ordre} (did you mean order?)",
        ),
        ('["Hm.", {digits: "{"}]', 27, "a { alone: write it twice, or a name in braces"),
        ('{date: "2026-02-30"}', 17, "see docs/phrases.md for how it is written"),
        ("{money: 0.005, currency: GBP}", 18, "see docs/phrases.md for how it is written"),
        ("{count: 2}", 10, "of what? write of: message, or another noun"),
        ("{number: 2, cuont: 3}", 22, "cuont"),
        ("5", 10, "expected text; what looks like a number needs quotes"),
    ],
)
def test_values_that_cannot(folder: Path, said: str, column: int, message: str) -> None:
    (found,) = problems(folder, said)
    assert found.startswith(f"{folder.name}/acme/flows/order.yaml:18:{column}: ")
    assert message in found


@pytest.mark.requirement("IVR-07")
def test_words_in_another_language(folder: Path) -> None:
    """Until every sentence has words the warning names the next that has none."""
    words: dict[str, str] = {}
    while True:
        found = warnings(folder, "en-US", "".join(f'"{text}": x\n' for text in words) or "{}")
        named = [one for line in found for one in re.findall(r'no words for "(.*?)"', line)]
        if not named:
            break
        words |= dict.fromkeys(named, "x")
    assert found == []
    assert {"Wait.", *SENTENCES} <= set(words)


@pytest.mark.requirement("IVR-07")
def test_what_lacks_words_or_a_voice_is_a_warning(folder: Path) -> None:
    found = warnings(folder, "de-DE", '"Wait.": "Bitte warten."\n"Good bye.": "Tschüss."\n')
    said = [re.sub(r'"[^"]*", and [0-9]+ more', "MANY", one.partition("acme/")[2]) for one in found]
    assert sorted(said) == [
        'prompts/de-DE/texts.yaml:1:1: neither a recording nor a voice says "Bitte warten." '
        "(record them for prompts/de-DE, or choose a voice of it; until then they are said in en-GB)",
        "prompts/de-DE/texts.yaml:1:1: no words for MANY (who hears de-DE hears them in en-GB)",
        "prompts/de-DE/texts.yaml:2:1: Good bye.: no flow says this (did you mean Goodbye.?)",
    ]


@pytest.mark.requirement("IVR-07")
def test_words_in_the_language_of_the_flows_are_of_no_use(folder: Path) -> None:
    (found,) = warnings(folder, "en-GB", '"Wait.": "Hold on."\n')
    assert found.endswith("texts.yaml:1:1: flows are written in en-GB already (take this file out)")


@pytest.mark.requirement("IVR-07")
@pytest.mark.parametrize("texts", ["- a", "Wait.: 5", 'Wait.: ""', "Wait.: a\nWait.: b"])
def test_a_file_of_words_that_is_none(folder: Path, texts: str) -> None:
    file = folder / "acme/prompts/de-DE/texts.yaml"
    file.parent.mkdir()
    file.write_text(texts)
    with pytest.raises(ConfigProblems) as found:
        load(folder)
    assert all("prompts/de-DE/texts.yaml:" in str(error) for error in found.value.errors)


def test_a_language_without_rules_for_values_is_a_warning(folder: Path) -> None:
    tenant = folder / "acme/tenant.yaml"
    tenant.write_text(re.sub(r"language: .*\n", "", tenant.read_text()) + "language: pl-PL\n")
    assert problems(folder, "{number: 2}") == []
    found = [str(one) for one in load(folder).warnings if "no rules for numbers" in str(one)]
    assert len(found) == 1
    assert "flows/order.yaml:17:3: " in found[0]


@pytest.mark.parametrize("said", ['"Your order is {order}."', '{text: "Your order is {order}.", number: 1}'])
def test_a_name_within_a_sentence_is_a_warning(folder: Path, said: str) -> None:
    assert problems(folder, said) == []
    (found,) = [str(one) for one in load(folder).warnings if "as it stands" in str(one)]
    assert found.endswith(
        "acme/flows/order.yaml:17:3: steps.read: {order} is said as it stands: nothing is filled into a "
        'sentence (give say a value of its own, such as {digits: "{order}"})'
    )


def test_the_example_of_the_page_is_right(folder: Path) -> None:
    """Each step of the page is a flow's."""
    section = PAGE.read_text().partition("\n## In a flow\n")[2].partition("\n## ")[0]
    (example,) = re.findall(r"```yaml\n(.*?)```", section, re.S)
    (folder / "acme/flows/balance.yaml").write_text(example)
    load(folder)
