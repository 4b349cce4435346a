"""What of `pbx.yaml` only a start applies, and which of it differs from the last start."""

import hashlib
import json
from collections.abc import Mapping

from pbx.config.models import PbxSettings

# The rest is in processes and sockets that a reload does not replace.
RELOADED: dict[str, bool | set[str]] = {
    "speech": {"engine", "voice"},
    "defence": True,
    "limits": True,
    "stir": True,
    "consent": True,
    "sip": {"certificate"},
}


def start_values(settings: PbxSettings) -> dict[str, str]:
    """Return a digest of each value by its path (`rtp.first_port`): an URL may have a password in it.

    A section that is left out is one value.
    """
    written = settings.model_dump(mode="json", by_alias=True, exclude=RELOADED)
    return {
        f"{section}.{key}": _digest(value)
        for section, values in written.items()
        for key, value in (values or {}).items()
    } | {section: _digest(None) for section, values in written.items() if values is None}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def waiting_for_start(started: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return one line that names what has changed since the start, "" = nothing."""
    changed = sorted(path for path, digest in started.items() if now.get(path) != digest)
    return f"changed, but read at start only: {', '.join(changed)}" if changed else ""
