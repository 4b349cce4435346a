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
    "unconnected",
    "not_called",
    "no_more_calls",
    "no_number",
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
        "unconnected": "This call has to be recorded, and cannot be. It is not put through.",
        "not_called": "You will get no more sales calls from us.",
        "no_more_calls": "This number will get no more sales calls.",
        "no_number": "This number is not known. Please note it down by hand.",
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
        "unconnected": (
            "Dieses Gespräch muss aufgezeichnet werden, was zurzeit nicht geht. Sie werden nicht verbunden."
        ),
        "not_called": "Sie erhalten von uns keine Werbeanrufe mehr.",
        "no_more_calls": "Diese Nummer erhält keine Werbeanrufe mehr.",
        "no_number": "Diese Nummer ist nicht bekannt. Bitte notieren Sie sie von Hand.",
    },
}


def indication(what: Indication, language: str) -> Say:
    """Return what is said; English when there is no translation."""
    tag = nearest(language, WORDS) or FALLBACK_LANGUAGE
    return Say(text=WORDS[tag][what], language=tag)
