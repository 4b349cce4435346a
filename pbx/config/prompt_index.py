"""The text of an `index.yaml` with one recording more, another one, or one less; all else stays as it is."""

import json
import re
from collections.abc import Mapping

import yaml

from pbx.core.errors import StorageError

HEAD = "# Which recording says which sentence; a sentence that is not here is spoken by the speech engine.\n"
MAX_SENTENCE = 2000  # octets, two minutes of speech; as much a WAV file can tell of itself
_REST = re.compile(r"[ \t]*(#[^\n]*)?(\n|\Z)")


def entries(text: str) -> dict[str, str]:
    """Return which file says what; StorageError when the text is no index."""
    try:
        tree = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    except yaml.YAMLError:
        tree = None
    if text.strip() and tree is None and not _is_empty(text):
        raise _refused("it cannot be read: `pbx check` names the line")
    if not isinstance(tree or {}, Mapping):
        raise _refused("expected files and sentences, one per line")
    return {str(file): str(sentence) for file, sentence in (tree or {}).items()}


def with_recording(text: str, file: str, sentence: str, instead_of: str = "") -> str:
    """Return the index in which `file` says the sentence, in the place of another file if one is named."""
    wanted = {key: said for key, said in entries(text).items() if key not in (instead_of, file)}
    wanted[file] = sentence
    line = f"{file}: {json.dumps(sentence, ensure_ascii=False)}"
    old = next((one for one in (instead_of, file) if one and one in entries(text)), "")
    if old:
        start, end = _place(text, old)
        changed = text[:start] + line + text[end:]
    else:
        changed = _appended(text or HEAD, line)
    return _proved(changed, wanted)


def without_recording(text: str, file: str) -> str:
    """Return the index without a file, its line and the comment on it."""
    wanted = {key: said for key, said in entries(text).items() if key != file}
    start, end = _place(text, file)
    rest = _REST.match(text, end)
    return _proved(text[:start] + text[rest.end() if rest else end :], wanted)


def _appended(before: str, line: str) -> str:
    seam = "" if before.endswith("\n") else "\n"
    return f"{before}{seam}{line}\n"


def _place(text: str, file: str) -> tuple[int, int]:
    """Where the entry of a file begins and ends."""
    root = yaml.compose(text)
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == file:
            return key.start_mark.index, value.end_mark.index
    raise _refused(f"there is no {file} in it")


def _proved(text: str, wanted: Mapping[str, str]) -> str:
    """The text, if it says what it shall: how people write YAML has no end."""
    try:
        is_right = entries(text) == wanted
    except StorageError:
        is_right = False
    if not is_right:
        raise _refused(
            "it is written in a way that cannot be changed here: write each file on a line of its own"
        )
    return text


def _is_empty(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _refused(message: str) -> StorageError:
    return StorageError(f"index.yaml: {message}", retryable=False)
