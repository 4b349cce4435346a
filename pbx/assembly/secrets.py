"""Secrets of telephones as this configuration has them: made when new, refused when they can be guessed."""

from pbx.config.carriers import devices
from pbx.config.load import ConfigProblems
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.core.secret import Secret
from pbx.sip.media_peers import is_lab
from pbx.store.secrets import load_or_create, weak_ones


def device_secrets(config: Configuration, places: Places) -> dict[str, Secret[str]]:
    """Return the secrets by `tenant/extension`; ConfigError on rubbish, ConfigProblems for weak ones."""
    weak = guessable(config, places)
    if weak:
        raise ConfigProblems(weak)
    return load_or_create(places.secrets, devices(config))


def guessable(config: Configuration, places: Places) -> tuple[ConfigError, ...]:
    """Return the written secrets below the floor; who listens on loopback alone is a lab."""
    sip = config.pbx.sip
    hosts = (sip.host, config.pbx.rtp.host, *(one.host for one in sip.listeners))
    return () if all(map(is_lab, hosts)) else weak_ones(places.secrets)
