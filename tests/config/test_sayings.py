"""What flows say in each language, and how callers hear it, as the files of the tenant have it."""

from pathlib import Path

import pytest

from pbx.config.sayings import Heard, Saying, sayings
from pbx.config.sources import read_tenant

pytestmark = pytest.mark.requirement("IVR-07")
WELCOME = "Thank you for calling Acme."
ENGLISH = frozenset({"en-GB", "en-US"})


def found(
    folder: Path, engine: str = "flite", voices: frozenset[str] = ENGLISH, wanted: str = ""
) -> tuple[Saying, ...]:
    source, errors = read_tenant(folder / "acme", "config/acme")
    assert errors == []
    return sayings(source, engine, voices, wanted)


def of(sayings: tuple[Saying, ...], language: str, sentence: str = WELCOME) -> Saying:
    (one,) = [one for one in sayings if (one.language, one.sentence) == (language, sentence)]
    return one


def speak(folder: Path, tag: str, *, words: str = "", recorded: str = "") -> None:
    prompts = folder / "acme/prompts" / tag
    prompts.mkdir(exist_ok=True)
    if words:
        (prompts / "texts.yaml").write_text(f'"{WELCOME}": "{words}"\n')
    if recorded:
        (prompts / "index.yaml").write_text(f'a.wav: "{recorded}"\n')


def test_a_recorded_sentence_names_its_file_and_its_step(folder: Path) -> None:
    assert of(found(folder), "en-GB") == Saying(
        language="en-GB",
        heard="recording",
        file="welcome.wav",
        text=WELCOME,
        sentence=WELCOME,
        where=("config/acme/flows/support.yaml:4",),
    )


def test_a_sentence_of_two_flows_is_listed_once(folder: Path) -> None:
    echo = folder / "acme/flows/echo.yaml"
    echo.write_text(f'flow: echo\nstart: a\nsteps:\n  a: {{hang_up: "{WELCOME}"}}\n')
    assert of(found(folder), "en-GB").where == (
        "config/acme/flows/echo.yaml:4",
        "config/acme/flows/support.yaml:4",
    )


@pytest.mark.parametrize(
    ("engine", "voices", "heard"),
    [
        ("flite", ENGLISH, "voice"),
        ("piper", frozenset[str](), "voice"),
        ("piper", frozenset({"de-DE"}), "foreign"),
        ("none", frozenset[str](), "nothing"),
    ],
)
def test_a_sentence_without_a_recording(
    folder: Path, engine: str, voices: frozenset[str], heard: Heard
) -> None:
    index = folder / "acme/prompts/en-GB/index.yaml"
    index.write_text(index.read_text().replace("welcome.wav:", "other.wav:").replace(WELCOME, "Hello."))
    assert of(found(folder, engine, voices), "en-GB").heard == heard


@pytest.mark.parametrize(
    ("words", "recorded", "voices", "heard"),
    [
        ("Willkommen.", "Willkommen.", ENGLISH, "recording"),
        ("Willkommen.", "Willkommen!", ENGLISH, "elsewhere"),
        ("Willkommen.", "", frozenset({"de-DE"}), "voice"),
        ("Willkommen.", "", ENGLISH, "elsewhere"),
    ],
)
def test_another_language(
    folder: Path, words: str, recorded: str, voices: frozenset[str], heard: Heard
) -> None:
    speak(folder, "de-DE", words=words, recorded=recorded)
    one = of(found(folder, voices=voices), "de-DE")
    assert (one.text, one.heard) == ("Willkommen.", heard)


def test_a_language_that_lacks_words_is_heard_elsewhere(folder: Path) -> None:
    speak(folder, "de-DE", words="Willkommen.")
    lacking = [one for one in found(folder, "piper", frozenset({"de-DE"})) if one.language == "de-DE"]
    assert {one.heard for one in lacking if not one.text} == {"elsewhere"}
    assert len([one for one in lacking if one.text]) == 1


def test_a_folder_of_recordings_alone_is_no_language_of_the_flows(folder: Path) -> None:
    speak(folder, "de-DE", recorded="Dieses Gespräch wird aufgezeichnet.")
    assert {one.language for one in found(folder)} == {"en-GB"}


def test_a_language_that_is_not_there_yet(folder: Path) -> None:
    assert {(one.language, one.text, one.heard) for one in found(folder, wanted="fr-FR")} == {
        ("fr-FR", "", "elsewhere")
    }


def test_a_neighbour_has_the_words_of_the_language_next_to_it(folder: Path) -> None:
    speak(folder, "de-DE", words="Willkommen.", recorded="Willkommen.")
    assert of(found(folder, wanted="de-AT"), "de-AT").heard == "recording"
    assert of(found(folder, wanted="en-AU"), "en-AU").file == "welcome.wav"


def test_the_default_language_serves_where_the_tenants_has_no_sound(folder: Path) -> None:
    tenant = folder / "acme/tenant.yaml"
    tenant.write_text(tenant.read_text().replace("language: en-GB\n", "") + "language: pl-PL\n")
    speak(folder, "en-GB", words="Welcome.")
    every = found(folder)
    assert of(every, "pl-PL").heard == "elsewhere"
    assert of(every, "pl-PL", "You will now hear your own voice. Hang up to end the test.").heard == "foreign"
