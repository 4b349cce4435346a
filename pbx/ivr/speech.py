"""Speech: in which words and in which language a flow speaks to its caller (IVR-06, IVR-07).

A flow is written in one language, that of its tenant. What it says has words in others where the tenant has
written them down; of the languages that are wanted the first counts in which all of a sentence can be said.
The others stand behind it, for whoever has to play it: neither a recording nor a voice may be there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from pbx.core.language import nearest
from pbx.core.phone import full_number
from pbx.ivr.placeholders import filled
from pbx.media.dialogue import Say
from pbx.phrases.phrase import Phrase, Spoken, phrase
from pbx.phrases.rules import Language
from pbx.phrases.spell import Unsayable

DEFAULT_LANGUAGE = "en-GB"  # the last of the chain
OF_TIME = ("today", "now")
OF_PARTIES = ("caller", "called")
Part = str | Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a tenant has to speak with; `texts` are by language, then by the sentence as the flow has it."""

    own: str = DEFAULT_LANGUAGE  # in which the flows are written
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grammars: Mapping[str, Language] = field(default_factory=dict)
    country: str = "GB"
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is said, None = nothing; `unread` are the kinds of values that could not be put into words."""

    say: Say | None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """The words of a tenant for one caller: `chain` are the languages that are wanted, the best one first."""

    words: Words = Words()
    chain: tuple[str, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)  # `caller` and `called`

    def preferring(self, language: str) -> "Speech":
        """The same for a caller who has chosen a language."""
        return replace(self, chain=(language, *(tag for tag in self.chain if tag != language)))

    @property
    def languages(self) -> tuple[str, ...]:
        """The whole chain, each once."""
        return tuple(dict.fromkeys((*self.chain, self.words.own, DEFAULT_LANGUAGE)))

    @property
    def facts(self) -> dict[str, str]:
        """What a flow may go by: the numbers, in full where they can be, and the language wanted most."""
        called = self.numbers.get("called", "")
        in_full = full_number(called, self.words.country) or called
        return {**self.numbers, "called": in_full, "language": self.languages[0]}

    def values(self, at: datetime | None) -> dict[str, str]:
        """What can be filled in besides what the caller enters; the time is that of the tenant's place."""
        if at is None:
            return dict(self.numbers)
        local = at.astimezone(self.words.zone)
        return {**self.numbers, "today": local.date().isoformat(), "now": f"{local:%H:%M}"}

    def sentence(self, text: str) -> Say:
        """A sentence of the flow without values."""
        made = self.composed((text,), {}).say
        return made if made is not None else Say(text=text, language=self.words.own)

    def composed(self, parts: Sequence[Part], values: Mapping[str, str]) -> Made:
        """Sentences and values one after the other, in each language that has words for all of them."""
        known = [one if isinstance(one, str) else _filled(one, values, self.words.country) for one in parts]
        says: list[Say] = []
        unread: tuple[str, ...] = ()
        for tag in self.languages:
            made = self._in_language(tag, known)
            if made is None or (made.say is not None and made.say.language in {say.language for say in says}):
                continue
            unread = unread or made.unread
            says += [made.say] if made.say is not None else []
        chained: Say | None = None
        for say in reversed(says):
            chained = replace(say, otherwise=chained)
        return Made(say=chained, unread=unread)

    def _in_language(self, tag: str, parts: Sequence[Part]) -> Made | None:
        """None = not all of it can be said in this language."""
        served = self._served(tag, [part for part in parts if isinstance(part, str)])
        grammar = self._grammar(served or tag)
        has_values = any(isinstance(part, Spoken) for part in parts)
        if served is None or (has_values and grammar is None and served != self.words.own):
            return None
        said: list[Phrase] = []
        unread: list[str] = []
        for part in parts:
            if isinstance(part, str):
                text = self._text(served, part) or part
                said.append(Phrase(text=text, pieces=(text,)))
            else:
                spoken, is_read = _spoken(grammar, part)
                said += [spoken] if spoken is not None else []
                unread += [] if is_read else [part.kind]
        return Made(say=_joined(said, parts, served) if said else None, unread=tuple(unread))

    def _served(self, tag: str, texts: Sequence[str]) -> str | None:
        """The language in which all the sentences exist, of those that serve a tag; None = there is none."""
        own = self.words.own
        if tag == own or (tag not in self.words.texts and nearest(tag, (own,)) is not None):
            return own
        served = nearest(tag, self.words.texts)
        has_all = served is not None and all(self._text(served, text) is not None for text in texts)
        return served if has_all else None

    def _text(self, tag: str, text: str) -> str | None:
        return text if tag == self.words.own else self.words.texts.get(tag, {}).get(text)

    def _grammar(self, tag: str) -> Language | None:
        served = nearest(tag, self.words.grammars)
        return self.words.grammars[served] if served is not None else None


def _filled(spoken: Spoken, values: Mapping[str, str], country: str) -> Spoken:
    of = spoken.of or (country if spoken.kind == "telephone" else "")
    return replace(spoken, value=filled(spoken.value, values).strip(), of=of)


def _spoken(grammar: Language | None, value: Spoken) -> tuple[Phrase | None, bool]:
    """The words of a value, and whether it could be read; else its digits if it has nothing but these."""
    if grammar is None:
        return (Phrase(text=value.value, pieces=(value.value,)) if value.value else None), bool(value.value)
    try:
        return phrase(grammar, value), True
    except Unsayable:
        pass
    try:
        return phrase(grammar, replace(value, kind="digits")), False
    except Unsayable:
        return None, False


def _joined(said: Sequence[Phrase], parts: Sequence[Part], language: str) -> Say:
    """One sentence for a voice; recordings are wanted of each piece. Its name has no value in it."""
    if len(parts) == 1 and isinstance(parts[0], str):
        return Say(text=said[0].text, language=language)
    name = " ".join(part if isinstance(part, str) else f"{{{part.kind}}}" for part in parts)
    return Say(
        text=" ".join(one.text for one in said),
        language=language,
        pieces=tuple(piece for one in said for piece in one.pieces),
        name=name,
    )
