"""Sentences that are not recorded in a language that the speech engine does not speak."""

from collections.abc import Collection, Sequence

from pbx.config.check_prompts import sentences
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError


def unsaid(sources: Sequence[TenantSource], voices: Collection[str], engine: str) -> list[ConfigError]:
    """Return warnings: what callers would hear in a voice of another language.

    Without any engine a sentence that is not recorded is an error already, see `check_prompts`; of the models
    of piper not all say which language they speak.
    """
    return [one for source in sources for one in _unspoken(source, voices)] if engine == "flite" else []


def _unspoken(source: TenantSource, voices: Collection[str]) -> list[ConfigError]:
    """Steps of flows whose sentence the English engine would say in another language."""
    language = source.settings.model.language if source.settings is not None else ""
    if not language or language in voices:
        return []
    index = source.prompts.get(language)
    recorded = set(index.model.root.values()) if index is not None else set()
    hint = f"record it for prompts/{language}: the speech engine does not speak {language}"
    return [
        flow.file.document.key_error(("steps", name), f'no recording says "{said}"', hint)
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        for said in sentences(step)
        if said not in recorded
    ]
