"""The words of announcement and question, per language."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pbx.consent.effects import Mode
from pbx.core.errors import ConfigError
from pbx.core.language import nearest
from pbx.media.dialogue import Say

MAX_TEXT = 600  # characters, about 45 seconds of speech
_KEYS = {"notify", "notify_optout", "ask", "withdraw", "star", "and", "default_purpose", "purposes"}
_TEXT_OF: dict[Mode, str] = {
    "notify": "notify",
    "notify_optout": "notify_optout",
    "optin_one": "ask",
    "optin_all": "ask",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTexts:
    """Texts by language tag (`en-GB`); `sha256` names this version of them all."""

    by_language: Mapping[str, Mapping[str, Any]]
    sha256: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, Any], file: str = "texts.yaml") -> "ConsentTexts":
        """Check the parsed file; ConfigError names the text that is missing or wrong."""
        for language, texts in data.items():
            _check(texts, file, str(language))
        digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
        return cls(by_language=dict(data), sha256=digest)

    def prompt(self, mode: Mode, language: str, purposes: tuple[str, ...] = ()) -> Say | None:
        """Return the one sentence to play; None when it does not exist in this language (C-05).

        `de-AT` may be served by `de-DE`; the language played is the one in the result.
        """
        spoken = nearest(language, self.by_language)
        if spoken is None or mode not in _TEXT_OF:
            return None
        texts = self.by_language[spoken]
        words: list[str] = [texts["purposes"].get(purpose, "") for purpose in purposes]
        if "" in words:
            return None
        joined = _join(words, texts["and"]) or texts["default_purpose"]
        return Say(text=texts[_TEXT_OF[mode]].replace("{purposes}", joined), language=spoken)

    def withdrawal(self, key: str, language: str) -> Say | None:
        """Return by which key consent is taken back later, digit by digit; None as for `prompt`."""
        spoken = nearest(language, self.by_language)
        if spoken is None:
            return None
        texts = self.by_language[spoken]
        said = " ".join(texts["star"] if one == "*" else one for one in key)
        return Say(text=texts["withdraw"].replace("{key}", said), language=spoken)


def _join(words: list[str], and_word: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {and_word} {words[-1]}"


def _check(texts: Any, file: str, language: str) -> None:
    def wrong(path: str, message: str) -> ConfigError:
        return ConfigError(file=file, line=1, column=1, path=f"{language}{path}", message=message)

    if not isinstance(texts, Mapping) or set(texts) != _KEYS:
        raise wrong("", f"must hold exactly {', '.join(sorted(_KEYS))}")
    if not isinstance(texts["purposes"], Mapping):
        raise wrong(".purposes", "must map a purpose to its words")
    for key, text in (*texts.items(), *texts["purposes"].items()):
        if key == "purposes":
            continue
        if not isinstance(text, str) or not 0 < len(text) <= MAX_TEXT:
            raise wrong(f".{key}", f"must be a text of 1 to {MAX_TEXT} characters")
