"""The programs that flows ask, as configured."""

from ipaddress import ip_network
from pathlib import Path

from sqlalchemy.exc import ArgumentError, InvalidRequestError

from pbx.assembly.lookups import allowed, headers_of, secret_of, wrong_file
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.config.queries import WrittenQuery
from pbx.config.servers import WrittenServer
from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.ivr.plugin_steps import AskPlugin
from pbx.recording.webhook_signature import read_secrets
from pbx.runner.hand_off_asker import HandOffAsker
from pbx.runner.http_asker import MAX_BODY, HttpAsker, Server
from pbx.runner.lookup_asker import LookupAsker, Query
from pbx.runner.plugin_asker import PluginAsker
from pbx.runner.program_desk import Asker
from pbx.sip.media_peers import is_lab
from pbx.store.sources.exchange import Exchange
from pbx.store.sources.rows import Rows


def programs_of(config: Configuration, places: Places) -> dict[str, dict[str, Asker]]:
    """Who asks, by tenant and kind of step; ConfigError for a file that cannot be used."""
    lab = is_lab(config.pbx.rtp.host)
    return {tenant.name: _askers(tenant, places, lab=lab) for tenant in config.tenants.values()}


def _askers(tenant: Tenant, places: Places, *, lab: bool) -> dict[str, Asker]:
    databases: dict[Path, Rows] = {}
    queries = {name: _query(one, databases, places) for name, one in tenant.asked.queries.items()}
    servers = {name: _server(written, places, lab=lab) for name, written in tenant.servers.items()}
    askers: dict[str, Asker] = {}
    if servers:
        askers = {"http": HttpAsker(servers), "hand_off": HandOffAsker(servers)}
    if any(isinstance(step, AskPlugin) for flow in tenant.flows.values() for step in flow.steps.values()):
        askers["plugin"] = PluginAsker()
    return askers | ({"lookup": LookupAsker(queries)} if queries else {})


def _query(written: WrittenQuery, databases: dict[Path, Rows], places: Places) -> Query:
    file = places.resolve(written.url_file)
    if file not in databases:
        try:
            databases[file] = Rows(secret_of(file).strip())
        except (ArgumentError, InvalidRequestError, ImportError, ValueError):
            hint = "postgresql+asyncpg://HOST/NAME with user and password, say, with its driver installed"
            raise wrong_file(file, "is no URL of a database with an asynchronous driver", hint) from None
    return Query(
        rows=databases[file],
        select=written.select,
        columns=frozenset(written.columns),
        timeout_s=written.timeout,
    )


def _server(written: WrittenServer, places: Places, *, lab: bool) -> Server:
    headers, keys = written.headers_file, written.secret_file
    is_allowed = allowed(map(ip_network, written.allow), lab=lab)
    return Server(
        url=written.url,
        headers=headers_of(places.resolve(headers)) if headers is not None else {},
        keys=_keys(places.resolve(keys)) if keys is not None else (),
        exchange=Exchange(is_allowed=is_allowed, max_body=MAX_BODY),
        timeout_s=written.timeout,
    )


def _keys(file: Path) -> tuple[Secret[bytes], ...]:
    try:
        return read_secrets(secret_of(file))
    except ParseError as error:
        hint = "write whsec_ and 32 random octets in base64 into it, and nothing else"
        raise wrong_file(file, str(error), hint) from None
