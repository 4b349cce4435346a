"""What a flow says: its values can be filled in and read; languages have words and a voice for it."""

import re
from collections.abc import Collection, Iterator
from typing import get_args

from pbx.config.check_prompts import sentences
from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.core.language import nearest
from pbx.ivr.placeholders import placeholders
from pbx.ivr.speech import OF_PARTIES, OF_TIME
from pbx.ivr.steps import FlowPlan, Say
from pbx.phrases.phrase import Spoken, phrase
from pbx.phrases.shipped import language_for, shipped_language
from pbx.phrases.spell import Unsayable
from pbx.phrases.values import Kind

_ENGLISH = "en-GB"  # what can be read does not depend on the language
_BRACES = re.compile(r"\{[a-z][a-z0-9_-]{0,31}\}", re.ASCII)


def check_values(document: Document, plan: FlowPlan) -> list[ConfigError]:
    """Return the mistakes in what the steps of a flow say: unknown names, secrets, what cannot be read."""
    problems: list[ConfigError] = []
    for name, step in plan.steps.items():
        values = iter(
            [part for part in step.parts if isinstance(part, Spoken)] if isinstance(step, Say) else []
        )
        for path, spoken in zip(
            _places(document, name) if isinstance(step, Say) else (), values, strict=False
        ):
            problems += _value(document, path, spoken, plan)
    return problems


def _places(document: Document, step: str) -> Iterator[MarkPath]:
    """Where the values of a step stand, in their order."""
    written = document.value["steps"][step]["say"]
    parts = list(enumerate(written)) if isinstance(written, list) else [(None, written)]
    for index, part in parts:
        where: MarkPath = ("steps", step, "say") if index is None else ("steps", step, "say", index)
        kinds = [kind for kind in get_args(Kind) if isinstance(part, dict) and part.get(kind) is not None]
        yield from ((*where, kind) for kind in kinds)


def _value(document: Document, path: MarkPath, spoken: Spoken, plan: FlowPlan) -> list[ConfigError]:
    try:
        names = placeholders(spoken.value)
    except ValueError as error:
        return [document.error(path, str(error))]
    known = (*OF_PARTIES, *OF_TIME, *sorted(plan.open_variables))
    problems = [_unknown(document, path, name, plan) for name in names if name not in known]
    if names or problems:
        return problems
    try:
        phrase(shipped_language(_ENGLISH), spoken)
    except Unsayable as error:
        return [document.error(path, str(error), "see docs/phrases.md for how it is written")]
    return []


def _unknown(document: Document, path: MarkPath, name: str, plan: FlowPlan) -> ConfigError:
    if name in plan.secret_variables:
        hint = "what is said is recorded; if it is none, write secret: false in the step that collects it"
        return document.error(path, f"what is collected into {name} is a secret entry", hint)
    known = (*OF_PARTIES, *OF_TIME, *sorted(plan.open_variables))
    return document.error(path, f"there is nothing to fill in for {{{name}}}", did_you_mean(name, known))


def half_said(sources: list[TenantSource], voices: Collection[str]) -> list[ConfigError]:
    """Return a warning for what callers will not hear as it is wanted (IVR-06, IVR-07)."""
    return [problem for source in sources for problem in _half_said(source, voices)]


def _half_said(source: TenantSource, voices: Collection[str]) -> Iterator[ConfigError]:
    if source.settings is None:
        return
    yield from _unfilled(source)
    own = source.settings.model.language
    said = [one for flow in source.flows for step in flow.plan.steps.values() for one in sentences(step)]
    for tag, read in source.texts.items():
        yield from _texts(source, tag, read.document, (own, set(said), voices))
    if language_for(own) is None:
        for flow in source.flows:
            for name, step in flow.plan.steps.items():
                if isinstance(step, Say) and any(isinstance(part, Spoken) for part in step.parts):
                    message = (
                        f"there are no rules for numbers and dates in {own}: the voice gets them as they are"
                    )
                    yield flow.file.document.key_error(("steps", name), message)


def _unfilled(source: TenantSource) -> Iterator[ConfigError]:
    """Sentences are recorded, and have no values in them."""
    for flow in source.flows:
        for name, step in flow.plan.steps.items():
            found = next((one for text in sentences(step) for one in _BRACES.findall(text)), None)
            if found is not None:
                message = f"{found} is said as it stands: nothing is filled into a sentence"
                hint = f'give say a value of its own, such as {{digits: "{found}"}}'
                yield flow.file.document.key_error(("steps", name), message, hint)


def _texts(
    source: TenantSource, tag: str, document: Document, by: tuple[str, set[str], Collection[str]]
) -> Iterator[ConfigError]:
    """What one file of words lacks, and what it has too much."""
    own, said, voices = by
    if tag == own:
        yield document.error((), f"flows are written in {own} already", "take this file out")
        return
    words: dict[str, str] = source.texts[tag].model.root
    missing = sorted(said - set(words))
    if missing:
        yield document.error((), f"no words for {_some(missing)}", f"who hears {tag} hears them in {own}")
    for sentence in sorted(set(words) - said):
        yield document.key_error((sentence,), "no flow says this", did_you_mean(sentence, said))
    index = source.prompts.get(tag)
    recorded = set(index.model.root.values()) if index is not None else set()
    if nearest(tag, voices) is None:
        silent = sorted(text for key, text in words.items() if key in said and text not in recorded)
        if silent:
            hint = (
                f"record them for prompts/{tag}, or choose a voice of it; until then they are said in {own}"
            )
            yield document.error((), f"neither a recording nor a voice says {_some(silent)}", hint)


def _some(sentences: list[str]) -> str:
    more = f", and {len(sentences) - 1} more" if len(sentences) > 1 else ""
    return f'"{sentences[0]}"{more}'
