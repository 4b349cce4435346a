"""The servers that are asked for customers, as configured."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
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
from pbx.sip.media_peers import LAB, is_lab
from pbx.store.sources.http import HttpSource
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
    headers = _headers(places.resolve(file)) if file is not None else {}
    url = parse_webhook_url(written.url)
    return partial(WebhookPost(url, _allowed(written, lab=lab), deadline_s=DELIVERY_S).post, headers)


def _source(whose: tuple[Tenant, str], written: WrittenSource, places: Places, *, lab: bool) -> Source:
    tenant, name = whose
    if written.sql is not None:
        url_file = places.resolve(written.sql.url_file)
        try:
            return SqlSource(name, tenant.country, _secret(url_file).strip(), written.sql.query)
        except (ArgumentError, InvalidRequestError, ImportError, ValueError):
            hint = "postgresql+asyncpg://HOST/NAME with user and password, say, with its driver installed"
            raise _error(url_file, "is no URL of a database with an asynchronous driver", hint) from None
    assert written.http is not None
    file = written.http.headers_file
    return HttpSource(
        name,
        tenant.country,
        written.http.url,
        headers=_headers(places.resolve(file)) if file is not None else {},
        is_allowed=_allowed(written.http, lab=lab),
    )


def _allowed(written: HttpAsked | EntryReceiver, *, lab: bool) -> Callable[[str], bool]:
    networks = tuple(map(ip_network, (*(LAB if lab else ()), *written.allow)))

    def is_allowed(host: str) -> bool:
        address = literal(host)
        return is_public(host) or any(address in one for one in networks if address is not None)

    return is_allowed


def _headers(file: Path) -> dict[str, str]:
    headers: dict[str, str] = {}
    for number, line in enumerate(_secret(file).splitlines(), 1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip():
            continue
        if not colon or not name.replace("-", "").isalnum() or not (name + value).isascii():
            raise _error(file, "expected lines such as `Authorization: Bearer ...`", line=number)
        headers[name] = value
    return headers


def _secret(file: Path) -> str:
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise _error(file, getattr(error, "strerror", None) or "is not text") from None
    if len(text) > MAX_SECRET:
        raise _error(file, f"is longer than {MAX_SECRET} characters")
    return text


def _error(file: Path, message: str, hint: str = "", *, line: int = 1) -> ConfigError:
    return ConfigError(file=str(file), line=line, column=1, path="", message=message, hint=hint)
