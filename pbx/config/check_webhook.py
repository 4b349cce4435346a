"""The webhook: one that is never spoken to, and a secret that signs nothing, are found before a start."""

from ipaddress import ip_network
from pathlib import Path

from pbx.config.models import PbxSettings
from pbx.config.read import Read
from pbx.core.address import is_public, literal
from pbx.core.errors import ConfigError, ParseError
from pbx.recording.webhook_signature import read_secrets
from pbx.recording.webhook_url import parse_webhook_url
from pbx.sip.media_peers import is_lab

_AT = ("recording", "webhook")


def check_webhook(base: Path, pbx: Read[PbxSettings]) -> list[ConfigError]:
    """Return what keeps every report from being delivered; `base` = above `var`."""
    settings = pbx.model.recording.webhook
    if settings is None:
        return []
    problems: list[ConfigError] = []
    networks = settings.networks(lab=is_lab(pbx.model.rtp.host))
    if reason := _unspoken(settings.url, networks):
        hint = "name its network in recording.webhook.allow"
        problems.append(pbx.document.error((*_AT, "url"), reason, hint))
    if reason := _unsigned(base / settings.secret_file):
        hint = "write whsec_ and 32 random octets in base64 into it, and nothing else"
        problems.append(pbx.document.error((*_AT, "secret_file"), reason, hint))
    return problems


def _unspoken(url: str, networks: list[str]) -> str:
    """A name may be anything by the time it is asked for; then the finaliser looks again."""
    host = parse_webhook_url(url).host
    address = literal(host)
    if address is None or is_public(host) or any(address in ip_network(one) for one in networks):
        return ""
    return f"{host} is not on the public network"


def _unsigned(file: Path) -> str:
    try:
        read_secrets(file.read_text())
    except OSError as error:
        return f"{file}: cannot be read: {error.strerror}"
    except (ParseError, UnicodeDecodeError) as error:
        return f"{file}: {error if isinstance(error, ParseError) else 'not a line of text'}"
    return ""
