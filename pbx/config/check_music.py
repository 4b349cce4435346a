"""Every class of music has a folder with something to play."""

from pathlib import Path

from pbx.config.inside import inside
from pbx.config.music import folder_of
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.media.music import SUFFIXES


def check_music(source: TenantSource) -> list[ConfigError]:
    """Return the classes that nobody could hear."""
    if source.settings is None:
        return []
    document = source.settings.document
    errors: list[ConfigError] = []
    for name, written in source.settings.model.music.items():
        folder = folder_of(name, written)
        problem = _problem(source.folder, folder)
        if problem is not None:
            hint = f"playable are {', '.join(suffix.removeprefix('.') for suffix in SUFFIXES)}"
            errors.append(document.key_error(("music", name), problem, hint))
    return errors


def _problem(tenant: Path, folder: str) -> str | None:
    path = tenant / folder
    if inside(tenant, folder) is None:
        return f"{folder} is not below the tenant's folder"
    if not path.is_dir():
        return f"there is no folder {folder}"
    if not any(file.suffix.lower() in SUFFIXES and file.is_file() for file in path.iterdir()):
        return f"there is no playable file in {folder}"
    return None
