"""Device secrets: random when a device is new, in one private file, never in git."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import yaml

from pbx.core.errors import ConfigError
from pbx.core.secret import Secret
from pbx.core.strength import FLOOR_BITS, is_weak

SECRET_BYTES = 18  # 144 bits, typed into a phone once
REMEDY = "delete the line, and the next start or reload makes a new one"


def load_or_create(path: Path, devices: Iterable[str]) -> dict[str, Secret[str]]:
    """Return the secrets by `tenant/extension`; devices without one get one. ConfigError on rubbish."""
    known = _read(path)
    missing = [device for device in devices if device not in known]
    for device in missing:
        known[device] = secrets.token_urlsafe(SECRET_BYTES)
    if missing:
        _write(path, known)
    return {device: Secret(value) for device, value in known.items()}


def weak_ones(path: Path) -> tuple[ConfigError, ...]:
    """Return an error for each line that somebody wrote and others can guess; ConfigError on rubbish."""
    weak = [device for device, secret in _read(path).items() if is_weak(secret, device.split("/"))]
    if not weak:
        return ()
    lines = _lines(path)
    message = f"can be guessed: a secret needs {FLOOR_BITS} bits"
    return tuple(ConfigError(str(path), lines.get(one, 1), 1, one, message, REMEDY) for one in weak)


def _lines(path: Path) -> dict[str, int]:
    """Where each device stands, from 1."""
    root = yaml.CSafeLoader(path.read_bytes()).get_single_node()
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return {str(key.value): key.start_mark.line + 1 for key, _ in pairs}


def _read(path: Path) -> dict[str, str]:
    try:
        content = yaml.load(path.read_text(), yaml.CSafeLoader)  # 10,000 lines: 40 ms, in Python 600
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
        yaml.dump(known, file, yaml.CSafeDumper)
    temporary.replace(path)
