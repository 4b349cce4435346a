"""An owner's notice: a customer hears that somebody guesses at him, where his provider knows him.

A lock is silent for whoever calls (compliance reference §4.3, §4.4: "owner notified"). It names nobody, says
nothing of him, asks for nothing and has no link, so that nobody learns to trust messages that do.
"""

from datetime import timedelta
from typing import Literal

from pbx.core.language import nearest
from pbx.core.secret import Secret
from pbx.verify.one_time_code import CodeText

EVERY = timedelta(days=1)  # to one number or address at most: else whoever guesses also floods
OwnerNotice = Literal["never", "locked"]
_TEXTS = {
    "en-GB": (
        "Somebody has called {name} and has repeatedly given wrong details of yours. If it was you, there is "
        "nothing to do. If not, please call us. Nobody will call you about it."
    ),
    "de-DE": (
        "Jemand hat {name} angerufen und dabei mehrfach falsche Angaben zu Ihnen gemacht. Wenn Sie das "
        "waren, ist nichts zu tun. Wenn nicht, rufen Sie uns bitte an. Niemand wird Sie deswegen anrufen."
    ),
}
_SUBJECTS = {"en-GB": "Wrong details in a call", "de-DE": "Falsche Angaben in einem Anruf"}


def notice_of(name: str, language: str) -> CodeText:
    """Return the message, in English where there is no translation."""
    tag = nearest(language, _TEXTS) or "en-GB"
    return CodeText(subject=_SUBJECTS[tag], text=Secret(_TEXTS[tag].format(name=name)))
