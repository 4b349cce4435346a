"""Device secrets: random when a device is new, in one private file, never in git."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import yaml

from pbx.core.errors import ConfigError
from pbx.core.secret import Secret

SECRET_BYTES = 18  # 144 bits, typed into a phone once


def load_or_create(path: Path, devices: Iterable[str]) -> dict[str, Secret[str]]:
    """Return the secrets by `tenant/extension`; devices without one get one. ConfigError on rubbish."""
    known = _read(path)
    missing = [device for device in devices if device not in known]
    for device in missing:
        known[device] = secrets.token_urlsafe(SECRET_BYTES)
    if missing:
        _write(path, known)
    return {device: Secret(value) for device, value in known.items()}


def _read(path: Path) -> dict[str, str]:
    try:
        content = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise ConfigError(
            str(path), 1, 1, "", "not a list of `tenant/extension: secret`", "delete it to make new ones"
        )
    return {str(key): str(value) for key, value in content.items()}


def _write(path: Path, known: dict[str, str]) -> None:
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(
            "# Device secrets, made at start or reload. Each phone has its own; delete a line to renew it.\n"
        )
        yaml.safe_dump(known, file)
    temporary.replace(path)
