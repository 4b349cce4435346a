"""`privacy` of `tenant.yaml`: the text of the privacy policy that the tenant's people are told of."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from pbx.config.inside import inside
from pbx.config.types import Strict
from pbx.lifecycle.policy_text import MAX_TEXT, PolicyText

VERSION = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"


class WrittenPrivacy(Strict):
    """A version and the file with its text, in the tenant's folder; another text needs another version."""

    version: Annotated[str, Field(pattern=VERSION)]
    file: Annotated[str, Field(min_length=1, max_length=255)]


def read_policy(folder: Path, written: WrittenPrivacy) -> PolicyText:
    """Return the text; ValueError says what is wrong with the file."""
    file = inside(folder, written.file)
    if file is None or not file.is_file():
        raise ValueError(f"there is no file {written.file} in the tenant's folder")
    try:
        octets = file.read_bytes() if file.stat().st_size <= MAX_TEXT else None
    except OSError as error:
        raise ValueError(f"{written.file} cannot be read: {error.strerror}") from None
    if octets is None:
        raise ValueError(f"{written.file} has more than {MAX_TEXT} octets")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{written.file} is not text in UTF-8") from None
    if not text.strip():
        raise ValueError(f"{written.file} is empty")
    return PolicyText(version=written.version, text=text)
