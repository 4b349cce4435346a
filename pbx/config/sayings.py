"""Sayings: what the flows of a tenant say, in each language, and how callers hear it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from pbx.config.check_prompts import sentences
from pbx.config.sources import TenantSource
from pbx.core.language import nearest
from pbx.ivr.speech import DEFAULT_LANGUAGE

# `elsewhere` = said in the next language of the caller's; `foreign` = by a voice of another language.
Heard = Literal["recording", "voice", "foreign", "elsewhere", "nothing"]
WELL: tuple[Heard, ...] = ("recording", "voice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One sentence in one language; `text` "" = it has no words there, `file` "" = no recording."""

    language: str
    heard: Heard
    file: str
    text: str
    sentence: str
    where: tuple[str, ...]  # file:line of each step that says it


def sayings(
    source: TenantSource, engine: str, voices: Collection[str], wanted: str = ""
) -> tuple[Saying, ...]:
    """Return all, by language and in the order of the flows; with `wanted` of that language alone.

    `voices` are the languages that the engine is known to speak; an engine of which nobody knows any may
    speak all. A language that is `wanted` need not be there yet.
    """
    if source.settings is None:
        return ()
    own = source.settings.model.language
    said = _said(source)
    tags = (wanted,) if wanted else (own, *sorted({*source.texts} - {own}))
    by = _Means(source=source, own=own, engine=engine, voices=voices)
    return tuple(by.saying(tag, sentence, where) for tag in tags for sentence, where in said.items())


def _said(source: TenantSource) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for sentence, where in _steps(source):
        found[sentence] = tuple(dict.fromkeys((*found.get(sentence, ()), where)))
    return found


def _steps(source: TenantSource) -> Iterator[tuple[str, str]]:
    for flow in source.flows:
        for name, step in flow.plan.steps.items():
            place = flow.file.document.key_error(("steps", name), "")
            yield from ((sentence, f"{place.file}:{place.line}") for sentence in sentences(step))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """What there is to say something with."""

    source: TenantSource
    own: str
    engine: str
    voices: Collection[str]

    def saying(self, tag: str, sentence: str, where: tuple[str, ...]) -> Saying:
        served = self._served(tag)
        text = sentence if served == self.own else self._words(served, sentence)
        file = self._file(served, text)
        heard = self._heard(served, text, file)
        if heard in ("foreign", "nothing") and served != DEFAULT_LANGUAGE:
            last = self.saying(DEFAULT_LANGUAGE, sentence, where)
            heard = "elsewhere" if last.heard in WELL else heard
        return Saying(language=tag, heard=heard, file=file, text=text, sentence=sentence, where=where)

    def _served(self, tag: str) -> str:
        """Whose words a language has: its own, or those of a neighbour."""
        if tag not in self.source.texts and nearest(tag, (self.own,)) is not None:
            return self.own
        return nearest(tag, self.source.texts) or tag

    def _words(self, tag: str, sentence: str) -> str:
        read = self.source.texts.get(tag)
        return read.model.root.get(sentence, "") if read is not None else ""

    def _file(self, tag: str, text: str) -> str:
        index = self.source.prompts.get(tag)
        recorded = index.model.root.items() if index is not None and text else ()
        return next((name for name, said in recorded if said == text), "")

    def _heard(self, tag: str, text: str, file: str) -> Heard:
        if file:
            return "recording"
        speaks = self.engine != "none"
        if text and speaks and (not self.voices or nearest(tag, self.voices) is not None):
            return "voice"
        if tag != self.own:
            return "elsewhere"
        return "foreign" if speaks else "nothing"
