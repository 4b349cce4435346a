"""Which languages the speech engine speaks as they should sound, as far as its voice says so."""

import re
from collections.abc import Mapping
from pathlib import PurePath

from pbx.config.models import SpeechSettings

PIPER_MODEL_VARIABLE = "PBX_PIPER_MODEL"
ENGLISH = frozenset(("en-GB", "en-US"))
_MODEL = re.compile(r"([a-z]{2})_([A-Z]{2})-", re.ASCII)


def voices(speech: SpeechSettings, environ: Mapping[str, str]) -> frozenset[str]:
    """All voices of flite are English; a model of piper begins with its language, `de_DE-thorsten-medium`."""
    if speech.engine == "flite":
        return ENGLISH
    model = PurePath(environ.get(PIPER_MODEL_VARIABLE, "")).name
    found = _MODEL.match(model) if speech.engine == "piper" else None
    return frozenset((f"{found[1]}-{found[2]}",)) if found is not None else frozenset()
