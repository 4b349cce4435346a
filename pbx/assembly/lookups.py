"""The servers that are asked for customers, as configured."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from sqlalchemy.exc import ArgumentError, InvalidRequestError

from pbx.config.customers import HttpAsked, WrittenSource
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.config.verification import EntryReceiver
from pbx.core.address import is_public, literal
from pbx.core.errors import ConfigError
from pbx.lifecycle.io.webhook_post import WebhookPost
from pbx.recording.webhook_url import parse_webhook_url
from pbx.runner.entries import Receiver
from pbx.runner.lookups import Lookup
from pbx.runner.reputations import Asked
from pbx.sip.media_peers import LAB, is_lab
from pbx.store.sources.http import HttpSource
from pbx.store.sources.reputation import ReputationServer
from pbx.store.sources.source import Source
from pbx.store.sources.sql import SqlSource

DELIVERY_S = 4.0  # for what was typed; a party waits for what comes of it
MAX_SECRET = 4096  # characters of a file with headers, or with a URL


def lookups_of(config: Configuration, places: Places) -> dict[str, Lookup]:
    """Who is asked, by tenant; ConfigError for a file that cannot be used."""
    lab = is_lab(config.pbx.rtp.host)
    return {
        tenant.name: Lookup(
            sources=tuple(
                _source((tenant, name), written, places, lab=lab)
                for name, written in tenant.asked.sources.items()
            ),
            box_s=tenant.asked.timeout,
            keep=timedelta(seconds=tenant.asked.keep),
            on_outage=tenant.asked.on_outage,
        )
        for tenant in config.tenants.values()
        if tenant.asked.sources
    }


def reputations_of(config: Configuration, places: Places) -> dict[str, Asked]:
    """Who is asked what is known of callers, by tenant; ConfigError for a file that cannot be used."""
    lab = is_lab(config.pbx.rtp.host)
    asked: dict[str, Asked] = {}
    for tenant in config.tenants.values():
        if (written := tenant.scores_asked) is not None:
            source = _http((tenant, "reputation"), written, places, lab=lab)
            asked[tenant.name] = Asked(server=ReputationServer(source), box_s=written.timeout_s)
    return asked


def entries_of(config: Configuration, places: Places) -> dict[str, Receiver]:
    """Who gets what parties type unheard, by tenant; ConfigError for a file that cannot be used."""
    lab = is_lab(config.pbx.rtp.host)
    return {
        tenant.name: _receiver(tenant.verification.secure_entry, places, lab=lab)
        for tenant in config.tenants.values()
        if tenant.verification.secure_entry is not None
    }


def _receiver(written: EntryReceiver, places: Places, *, lab: bool) -> Receiver:
    file = written.headers_file
    headers = headers_of(places.resolve(file)) if file is not None else {}
    url = parse_webhook_url(written.url)
    is_allowed = allowed(map(ip_network, written.allow), lab=lab)
    return partial(WebhookPost(url, is_allowed, deadline_s=DELIVERY_S).post, headers)


def _source(whose: tuple[Tenant, str], written: WrittenSource, places: Places, *, lab: bool) -> Source:
    tenant, name = whose
    if written.sql is not None:
        url_file = places.resolve(written.sql.url_file)
        try:
            return SqlSource(name, tenant.country, secret_of(url_file).strip(), written.sql.query)
        except (ArgumentError, InvalidRequestError, ImportError, ValueError):
            hint = "postgresql+asyncpg://HOST/NAME with user and password, say, with its driver installed"
            raise wrong_file(url_file, "is no URL of a database with an asynchronous driver", hint) from None
    assert written.http is not None
    return _http(whose, written.http, places, lab=lab)


def _http(whose: tuple[Tenant, str], written: HttpAsked, places: Places, *, lab: bool) -> HttpSource:
    file = written.headers_file
    return HttpSource(
        whose[1],
        whose[0].country,
        written.url,
        headers=headers_of(places.resolve(file)) if file is not None else {},
        is_allowed=allowed(map(ip_network, written.allow), lab=lab),
    )


def allowed(networks: Iterable[IPv4Network | IPv6Network], *, lab: bool) -> Callable[[str], bool]:
    """Whether an address may be spoken to: of the public network, in one of `networks`, or of a lab's own."""
    those = (*map(ip_network, LAB if lab else ()), *networks)

    def is_allowed(host: str) -> bool:
        address = literal(host)
        return is_public(host) or any(address in one for one in those if address is not None)

    return is_allowed


def headers_of(file: Path) -> dict[str, str]:
    """Return the header fields of a file, one a line; ConfigError."""
    headers: dict[str, str] = {}
    for number, line in enumerate(secret_of(file).splitlines(), 1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or not name.replace("-", "").isalnum() or not (name + value).isascii():
            raise wrong_file(file, "expected lines such as `Authorization: Bearer ...`", line=number)
        headers[name] = value
    return headers


def secret_of(file: Path) -> str:
    """Return what stands in a file; ConfigError."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise wrong_file(file, getattr(error, "strerror", None) or "is not text") from None
    if len(text) > MAX_SECRET:
        raise wrong_file(file, f"is longer than {MAX_SECRET} characters")
    return text


def wrong_file(file: Path, message: str, hint: str = "", *, line: int = 1) -> ConfigError:
    """Say what is wrong with a file, and nothing of what is in it."""
    return ConfigError(file=str(file), line=line, column=1, path="", message=message, hint=hint)
