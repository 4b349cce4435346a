"""Spoken answers that nobody could hear."""

from collections.abc import Sequence

from pbx.config.models import SpeechSettings
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.steps import Verify
from pbx.verify.spoken_date import LANGUAGES

_SET = "set speech.recogniser in pbx.yaml"


def unheard(sources: Sequence[TenantSource], settings: SpeechSettings) -> list[ConfigError]:
    """Return warnings: steps that let callers speak where they will be asked for keys all the same."""
    return [
        flow.file.document.error(("steps", name, "verify", "entry"), message, hint)
        for source in sources
        if source.settings is not None
        for message, hint in _obstacles(source.settings.model.language, settings)
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        if isinstance(step, Verify) and step.by_voice
    ]


def _obstacles(language: str, settings: SpeechSettings) -> list[tuple[str, str]]:
    """The first thing that is in the way."""
    if not settings.hears:
        return [("there is no recogniser: callers are asked for keys", _SET)]
    if language not in LANGUAGES:
        return [(f"nobody is understood in {language}: callers are asked for keys", "")]
    return []
