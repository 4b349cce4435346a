"""In which words and in which language a flow speaks: caller, number, tenant, default (IVR-06, IVR-07)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pbx.ivr.speech import Speech, Words
from pbx.media.dialogue import Say
from pbx.phrases.phrase import Spoken
from pbx.phrases.shipped import shipped_languages

HELLO, TOTAL = "Hello.", "You owe"
WORDS = Words(
    own="en-GB",
    texts={
        "de-DE": {HELLO: "Guten Tag.", TOTAL: "Sie schulden"},
        "fr-FR": {HELLO: "Bonjour."},
        "pl-PL": {HELLO: "Dzień dobry.", TOTAL: "Do zapłaty"},
    },
    grammars=shipped_languages(),
)
SUM = Spoken(kind="money", value="{sum}", of="EUR")


def chain(say: Say | None) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while say is not None:
        found.append((say.language, say.text))
        say = say.otherwise
    return found


def test_the_languages_that_are_wanted_go_before_the_tenants() -> None:
    speech = Speech(words=WORDS, chain=("fr-FR", "de-AT"))
    assert speech.languages == ("fr-FR", "de-AT", "en-GB")
    assert chain(speech.sentence(HELLO)) == [
        ("fr-FR", "Bonjour."),
        ("de-DE", "Guten Tag."),
        ("en-GB", HELLO),
    ]


def test_a_language_that_lacks_the_sentence_is_passed_over() -> None:
    assert chain(Speech(words=WORDS, chain=("fr-FR",)).sentence(TOTAL)) == [("en-GB", TOTAL)]


def test_who_chooses_a_language_hears_it_first_and_once() -> None:
    speech = Speech(words=WORDS, chain=("fr-FR", "de-DE")).preferring("de-DE")
    assert speech.languages == ("de-DE", "fr-FR", "en-GB")


def test_the_default_stands_behind_the_tenants_language_where_there_are_words() -> None:
    words = Words(own="de-DE", texts={"en-GB": {"Guten Tag.": "Hello."}}, grammars=shipped_languages())
    assert chain(Speech(words=words).sentence("Guten Tag.")) == [
        ("de-DE", "Guten Tag."),
        ("en-GB", "Hello."),
    ]
    assert chain(Speech(words=words).sentence("Tschüss.")) == [("de-DE", "Tschüss.")]


def test_a_caller_of_the_same_language_elsewhere_hears_the_tenants() -> None:
    assert chain(Speech(words=WORDS, chain=("en-US",)).sentence(HELLO)) == [("en-GB", HELLO)]


def test_values_are_in_the_language_of_the_sentence() -> None:
    made = Speech(words=WORDS, chain=("de-DE",)).composed((TOTAL, SUM), {"sum": "1.01"})
    assert made.unread == ()
    assert chain(made.say) == [
        ("de-DE", "Sie schulden ein Euro und ein Cent"),
        ("en-GB", "You owe one euro and one cent"),
    ]
    assert made.say is not None
    assert made.say.pieces == ("Sie schulden", "ein", "Euro", "und", "ein", "Cent")


def test_no_language_without_rules_for_values_says_one() -> None:
    made = Speech(words=WORDS, chain=("pl-PL",)).composed((TOTAL, SUM), {"sum": "2"})
    assert chain(made.say) == [("en-GB", "You owe two euros")]


def test_a_tenant_without_rules_has_its_values_as_they_are() -> None:
    made = Speech(words=Words(own="pl-PL", grammars=shipped_languages())).composed(
        ("Do zapłaty", SUM), {"sum": "2"}
    )
    assert made.say is not None
    assert made.say.text == "Do zapłaty 2"


def test_what_cannot_be_read_is_said_key_by_key_and_told() -> None:
    day = Spoken(kind="date", value="{day}")
    made = Speech(words=WORDS).composed(("On", day), {"day": "31022026"})
    assert made.unread == ("date",)
    assert made.say is not None
    assert made.say.text == "On three one zero two two zero two six"


def test_what_has_nothing_to_be_read_is_left_out_and_told() -> None:
    number = Spoken(kind="telephone", value="{caller}")
    made = Speech(words=WORDS).composed(("Your number is", number), {})
    assert made.unread == ("telephone",)
    assert made.say is not None
    assert made.say.text == "Your number is"
    assert Speech(words=WORDS).composed((number,), {}).say is None


def test_no_report_names_a_value() -> None:
    made = Speech(words=WORDS).composed((TOTAL, SUM), {"sum": "12.34"})
    assert made.say is not None
    assert made.say.name == "You owe {money}"


def test_a_number_is_seen_from_the_tenants_country() -> None:
    number = Spoken(kind="telephone", value="{caller}")
    speech = Speech(words=WORDS, numbers={"caller": "+441632960123"})
    made = speech.composed((number,), speech.values(None))
    assert made.say is not None
    assert "plus" not in made.say.text
    abroad = Speech(words=Words(grammars=shipped_languages(), country="DE"), numbers=speech.numbers)
    elsewhere = abroad.composed((number,), abroad.values(None))
    assert elsewhere.say is not None
    assert elsewhere.say.text.startswith("plus four four")


def test_the_time_is_that_of_the_tenants_place() -> None:
    speech = Speech(words=Words(zone=ZoneInfo("Europe/Berlin")), numbers={"called": "+441632960100"})
    at = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert speech.values(at) == {"called": "+441632960100", "today": "2027-01-01", "now": "00:30"}
    assert speech.values(None) == {"called": "+441632960100"}
