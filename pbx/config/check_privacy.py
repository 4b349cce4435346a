"""Holds `privacy` of `tenant.yaml` against the file that it names."""

from pbx.config.privacy import read_policy
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError


def check_privacy(source: TenantSource) -> list[ConfigError]:
    """Return an error for a text that is not there, or is none."""
    if source.settings is None or source.settings.model.privacy is None:
        return []
    try:
        read_policy(source.folder, source.settings.model.privacy)
    except ValueError as error:
        return [source.settings.document.error(("privacy", "file"), str(error))]
    return []
