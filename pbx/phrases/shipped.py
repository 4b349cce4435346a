"""The languages that come with the product, read once."""

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from pbx.core.errors import MisuseError
from pbx.core.language import nearest
from pbx.phrases.rules import Language, merged

TAGS = ("de-DE", "en-GB", "en-US", "es-ES", "fr-FR")


def shipped_languages() -> dict[str, Language]:
    """Return all of them by tag."""
    return {tag: shipped_language(tag) for tag in TAGS}


@lru_cache(maxsize=len(TAGS))
def shipped_language(tag: str) -> Language:
    """Return one; MisuseError when its table is badly written, which the tests find."""
    try:
        return Language.read(tag, _tree(tag))
    except (KeyError, TypeError, ValueError) as error:
        raise MisuseError(f"{tag}.yaml: {error}") from error


def language_for(tag: str) -> Language | None:
    """Return the one that serves a tag (`de-AT` by `de-DE`); None = there are no words in it."""
    served = nearest(tag, TAGS)
    return shipped_language(served) if served is not None else None


def _tree(tag: str) -> dict[str, Any]:
    text = (resources.files("pbx.phrases") / "languages" / f"{tag}.yaml").read_text(encoding="utf-8")
    tree: dict[str, Any] = yaml.safe_load(text)
    return merged(_tree(tree["like"]), tree) if "like" in tree else tree
