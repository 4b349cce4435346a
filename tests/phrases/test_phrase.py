"""Values in words: what admins of five languages would write down themselves."""

from datetime import date, timedelta
from typing import get_args

import pytest

from pbx.phrases.phrase import Spoken, phrase
from pbx.phrases.shipped import TAGS, shipped_language
from pbx.phrases.spell import Unsayable
from pbx.phrases.values import DateOrder, Kind


def said(tag: str, kind: Kind, value: str, of: str = "", form: str = "", order: DateOrder = "dmy") -> str:
    """Return the text of a value."""
    return phrase(shipped_language(tag), Spoken(kind=kind, value=value, of=of, form=form, order=order)).text


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        ("en-GB", "-3.05", "minus three point zero five"),
        ("en-US", "110", "one hundred ten"),
        ("de-DE", "-21.5", "minus einundzwanzig Komma fünf"),
        ("de-DE", "1000000", "eine Million"),
        ("fr-FR", "71.80", "soixante et onze virgule huit zéro"),
        ("es-ES", "-0.7", "menos cero coma siete"),
        ("es-ES", "-0", "cero"),
    ],
)
def test_numbers(tag: str, value: str, words: str) -> None:
    assert said(tag, "number", value) == words


@pytest.mark.parametrize(
    ("tag", "form", "words"),
    [
        ("en-GB", "", "third"),
        ("de-DE", "m", "dritter"),
        ("de-DE", "f", "dritte"),
        ("de-DE", "n", "drittes"),
        ("fr-FR", "f", "troisième"),
        ("es-ES", "f", "tercera"),
    ],
)
def test_ordinals(tag: str, form: str, words: str) -> None:
    assert said(tag, "ordinal", "3", form=form) == words


@pytest.mark.parametrize(
    ("tag", "noun", "value", "words"),
    [
        ("en-GB", "message", "1", "one message"),
        ("en-GB", "message", "0", "zero messages"),
        ("en-GB", "person", "2", "two people"),
        ("de-DE", "message", "1", "eine Nachricht"),
        ("de-DE", "call", "1", "ein Anruf"),
        ("de-DE", "call", "21", "einundzwanzig Anrufe"),
        ("fr-FR", "message", "0", "zéro message"),
        ("fr-FR", "minute", "21", "vingt et une minutes"),
        ("fr-FR", "call", "1000000", "un million d'appels"),
        ("fr-FR", "call", "1000001", "un million un appels"),
        ("es-ES", "call", "1", "una llamada"),
        ("es-ES", "call", "21", "veintiuna llamadas"),
        ("es-ES", "message", "21", "veintiún mensajes"),
        ("es-ES", "message", "31", "treinta y un mensajes"),
        ("es-ES", "person", "500", "quinientas personas"),
        ("es-ES", "person", "200000", "doscientas mil personas"),
        ("es-ES", "call", "3000000", "tres millones de llamadas"),
    ],
)
def test_counts_have_gender_and_number(tag: str, noun: str, value: str, words: str) -> None:
    assert said(tag, "count", value, noun) == words


@pytest.mark.parametrize(
    ("tag", "value", "currency", "words"),
    [
        ("en-GB", "1.01", "GBP", "one pound and one penny"),
        ("en-GB", "-5", "GBP", "minus five pounds"),
        ("en-GB", "0", "GBP", "zero pounds"),
        ("en-US", "0.99", "USD", "ninety-nine cents"),
        ("en-US", "101", "USD", "one hundred one dollars"),
        ("de-DE", "1.01", "EUR", "ein Euro und ein Cent"),
        ("de-DE", "1", "GBP", "ein Pfund"),
        ("de-DE", "1000", "JPY", "eintausend Yen"),
        ("fr-FR", "0.5", "EUR", "cinquante centimes"),
        ("fr-FR", "21", "GBP", "vingt et une livres"),
        ("fr-FR", "1000000", "EUR", "un million d'euros"),
        ("fr-FR", "80", "EUR", "quatre-vingts euros"),
        ("es-ES", "1.21", "EUR", "un euro con veintiún céntimos"),
        ("es-ES", "500", "GBP", "quinientas libras"),
        ("es-ES", "100", "EUR", "cien euros"),
        ("es-ES", "2000000", "USD", "dos millones de dólares"),
    ],
)
def test_money(tag: str, value: str, currency: str, words: str) -> None:
    assert said(tag, "money", value, currency) == words


@pytest.mark.parametrize(
    ("tag", "value", "form", "words"),
    [
        ("en-GB", "1980-02-03", "", "the third of February, nineteen eighty"),
        ("en-GB", "2026-11-30", "on_day", "on Monday, the thirtieth of November"),
        ("en-US", "2028-02-29", "", "February twenty-ninth, twenty twenty-eight"),
        ("en-US", "2001-01-01", "day", "Monday, January first"),
        ("de-DE", "1980-02-03", "", "der dritte Februar neunzehnhundertachtzig"),
        ("de-DE", "1980-02-03", "on_date", "am dritten Februar neunzehnhundertachtzig"),
        ("de-DE", "2026-12-07", "on_day", "am Montag, dem siebten Dezember"),
        ("fr-FR", "1999-01-01", "", "le premier janvier mille neuf cent quatre-vingt-dix-neuf"),
        ("fr-FR", "2026-03-21", "day", "le samedi vingt et un mars"),
        ("es-ES", "1992-02-29", "", "el veintinueve de febrero de mil novecientos noventa y dos"),
        ("es-ES", "2026-05-31", "on_day", "el domingo, treinta y uno de mayo"),
    ],
)
def test_dates(tag: str, value: str, form: str, words: str) -> None:
    assert said(tag, "date", value, form=form) == words


@pytest.mark.parametrize(
    ("tag", "value", "twelve", "twenty_four"),
    [
        ("en-GB", "00:00", "midnight", "zero zero hundred"),
        ("en-GB", "12:00", "noon", "twelve hundred"),
        ("en-GB", "15:05", "three oh five p.m.", "fifteen oh five"),
        ("en-US", "00:30", "twelve thirty a.m.", "zero zero thirty"),
        ("de-DE", "00:00", "Mitternacht", "null Uhr"),
        ("de-DE", "01:01", "ein Uhr eins nachts", "ein Uhr eins"),
        ("de-DE", "13:30", "ein Uhr dreißig nachmittags", "dreizehn Uhr dreißig"),
        ("fr-FR", "00:00", "minuit", "zéro heure"),
        ("fr-FR", "12:15", "midi quinze", "douze heures quinze"),
        ("fr-FR", "21:21", "neuf heures vingt et une du soir", "vingt et une heures vingt et une"),
        ("es-ES", "01:00", "la una de la madrugada", "la una"),
        ("es-ES", "13:05", "la una y cinco de la tarde", "las trece cero cinco"),
        ("es-ES", "21:00", "las nueve de la noche", "las veintiuna horas"),
    ],
)
def test_times_by_both_clocks(tag: str, value: str, twelve: str, twenty_four: str) -> None:
    assert said(tag, "time", value, form="12") == twelve
    assert said(tag, "time", value, form="24") == twenty_four
    assert said(tag, "time", value) == (twelve if shipped_language(tag).clock == "12" else twenty_four)


def test_digits_are_read_one_by_one() -> None:
    assert said("en-GB", "digits", "1207 *#") == "one two zero seven, star hash"
    assert said("en-US", "digits", "#") == "pound"
    assert said("de-DE", "digits", "+0") == "plus null"


def test_a_telephone_number_is_read_in_groups() -> None:
    assert said("en-GB", "telephone", "+441632960100", "GB") == (
        "zero one six three two, nine six zero, one zero zero"
    )
    assert said("fr-FR", "telephone", "+33100456789", "FR") == (
        "zéro un, zéro zéro, quarante-cinq, soixante-sept, quatre-vingt-neuf"
    )


def test_pieces_are_what_has_to_be_recorded() -> None:
    made = phrase(shipped_language("de-DE"), Spoken(kind="money", value="1221.05", of="EUR"))
    assert made.pieces == (
        "ein",
        "tausend",
        "zwei",
        "hundert",
        "einundzwanzig",
        "Euro",
        "und",
        "fünf",
        "Cent",
    )
    assert made.text == "eintausendzweihunderteinundzwanzig Euro und fünf Cent"


@pytest.mark.parametrize("tag", TAGS)
def test_every_day_and_every_minute_can_be_said(tag: str) -> None:
    first = date(2000, 1, 1)
    days = {said(tag, "date", (first + timedelta(days=number)).isoformat()) for number in range(366)}
    years = {said(tag, "date", f"{year:04}-02-28") for year in range(1, 10_000, 7)}
    minutes = {
        said(tag, "time", f"{n // 60:02}:{n % 60:02}", form=form)
        for n in range(1440)
        for form in ("12", "24")
    }
    assert (len(days), len(years)) == (366, 1429)
    assert len(minutes) >= 2 * 1440 - 60  # both clocks agree on some of the early hours


@pytest.mark.parametrize("tag", TAGS)
def test_no_two_sums_sound_the_same(tag: str) -> None:
    sums = {said(tag, "money", str(pence), "GBP", "minor") for pence in range(0, 250_000, 397)}
    assert len(sums) == len(range(0, 250_000, 397))


@pytest.mark.parametrize(
    ("kind", "value", "of", "form"),
    [
        ("number", "many", "", ""),
        ("ordinal", "-1", "", ""),
        ("ordinal", "1", "", "x"),
        ("count", "1", "fortnight", ""),
        ("money", "1", "XXX", ""),
        ("date", "2026-02-29", "", ""),
        ("date", "2026-02-28", "", "year"),
        ("time", "24:30", "", ""),
        ("time", "12:30", "", "36"),
        ("digits", "abc", "", ""),
        ("telephone", "anonymous", "GB", ""),
    ],
)
def test_what_cannot_be_said_is_refused(kind: Kind, value: str, of: str, form: str) -> None:
    assert kind in get_args(Kind)
    with pytest.raises(Unsayable):
        said("en-GB", kind, value, of, form)
