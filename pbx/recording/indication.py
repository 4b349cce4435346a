"""Indication: what parties who talk are told of their call and its recording, in one sentence each."""

from typing import Literal

from pbx.core.language import nearest
from pbx.media.dialogue import Say
from pbx.recording.notice import FALLBACK_LANGUAGE, TEXTS

Indication = Literal[
    "failed",
    "resumed",
    "paused",
    "stopped",
    "withdrawn",
    "heard",
    "refused",
    "unrecorded",
    "ending",
    "turned_down",
    "turned_out",
    "unconnected",
    "not_called",
    "no_more_calls",
    "no_number",
    "entry_begins",
    "entry_ends",
    "entry_refused",
    "entry_confirmed",
    "entry_unconfirmed",
    "entry_malformed",
]
WORDS: dict[str, dict[Indication, str]] = {
    "en-GB": {
        "failed": "The recording has failed.",
        "resumed": "The recording goes on.",
        "paused": "The recording is paused.",
        "stopped": "The recording has ended.",
        "withdrawn": "The other party is no longer recorded.",
        "heard": "You are no longer recorded.",
        "refused": "This call has to be recorded. If you do not agree, please hang up.",
        "unrecorded": TEXTS["en-GB"]["announce_unrecorded"],
        "ending": "The recording has failed. This call ends in a few seconds.",
        "turned_down": "This call has to be recorded, and that was not agreed to. It ends in a few seconds.",
        "turned_out": "This conference has to be recorded. Without your consent you leave it shortly.",
        "unconnected": "This call has to be recorded, and cannot be. It is not put through.",
        "not_called": "You will get no more sales calls from us.",
        "no_more_calls": "This number will get no more sales calls.",
        "no_number": "This number is not known. Please note it down by hand.",
        "entry_begins": "The other party may type now. You do not hear it until that has ended.",
        "entry_ends": "Typing has ended without a result.",
        "entry_refused": "The other party cannot type anything now.",
        "entry_confirmed": "The entry is confirmed.",
        "entry_unconfirmed": "The entry is not confirmed.",
        "entry_malformed": "The entry is no date. It may be typed again.",
    },
    "de-DE": {
        "failed": "Die Aufzeichnung ist ausgefallen.",
        "resumed": "Die Aufzeichnung läuft weiter.",
        "paused": "Die Aufzeichnung ist angehalten.",
        "stopped": "Die Aufzeichnung ist beendet.",
        "withdrawn": "Ihr Gegenüber wird nicht mehr aufgezeichnet.",
        "heard": "Sie werden nicht mehr aufgezeichnet.",
        "refused": (
            "Dieses Gespräch muss aufgezeichnet werden. "
            "Wenn Sie nicht einverstanden sind, legen Sie bitte auf."
        ),
        "unrecorded": TEXTS["de-DE"]["announce_unrecorded"],
        "ending": "Die Aufzeichnung ist ausgefallen. Dieses Gespräch endet in wenigen Sekunden.",
        "turned_down": "Dieses Gespräch muss aufgezeichnet werden. Ohne Zustimmung endet es gleich.",
        "turned_out": "Diese Konferenz muss aufgezeichnet werden. Ohne Zustimmung verlassen Sie sie gleich.",
        "unconnected": (
            "Dieses Gespräch muss aufgezeichnet werden, was zurzeit nicht geht. Sie werden nicht verbunden."
        ),
        "not_called": "Sie erhalten von uns keine Werbeanrufe mehr.",
        "no_more_calls": "Diese Nummer erhält keine Werbeanrufe mehr.",
        "no_number": "Diese Nummer ist nicht bekannt. Bitte notieren Sie sie von Hand.",
        "entry_begins": "Ihr Gegenüber kann jetzt tippen. Bis zum Ende der Eingabe hören Sie es nicht.",
        "entry_ends": "Die Eingabe wurde ohne Ergebnis beendet.",
        "entry_refused": "Ihr Gegenüber kann jetzt nichts eingeben.",
        "entry_confirmed": "Die Eingabe ist bestätigt.",
        "entry_unconfirmed": "Die Eingabe ist nicht bestätigt.",
        "entry_malformed": "Die Eingabe ist kein Datum. Sie kann wiederholt werden.",
    },
}


def indication(what: Indication, language: str) -> Say:
    """Return what is said; English when there is no translation."""
    tag = nearest(language, WORDS) or FALLBACK_LANGUAGE
    return Say(text=WORDS[tag][what], language=tag)
