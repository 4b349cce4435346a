"""What flows ask programs for: the servers are there, what is told is known, and no secret goes astray."""

from collections.abc import Iterator
from ipaddress import ip_network

from pbx.config.check_plugins import check_plugin
from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.config.sources import TenantSource
from pbx.config.told_values import unknown_values
from pbx.core.address import is_public, literal
from pbx.core.errors import ConfigError
from pbx.ivr import speech
from pbx.ivr.hand_off import HandOff
from pbx.ivr.lookup import LookUp
from pbx.ivr.placeholders import OF_CALL, placeholders
from pbx.ivr.plugin_steps import AskPlugin
from pbx.ivr.program_steps import AskHttp, ProgramStep
from pbx.ivr.steps import FlowPlan
from pbx.recording.webhook_url import parse_webhook_url
from pbx.sip.media_peers import LAB

_RESERVED = frozenset({*OF_CALL, *speech.OF_PARTIES, *speech.OF_TIME, "language"})


def check_programs(source: TenantSource) -> list[ConfigError]:
    """Return the mistakes in the steps of flows that ask programs, and in who is asked."""
    problems = list(_addresses(source))
    for flow in (*source.flows, *source.broken_flows):
        document = flow.file.document
        for name, step in flow.plan.steps.items():
            if not isinstance(step, ProgramStep):
                continue
            path: MarkPath = ("steps", name, step.kind)
            problems += _given(document, path, step, flow.plan)
            problems += _secrets(document, path, step, flow.plan)
            if isinstance(step, LookUp):
                problems += _lookup(source, document, path, (step, flow.plan))
            if isinstance(step, AskPlugin):
                problems += check_plugin(document, path, step, flow.plan)
            if isinstance(step, HandOff):
                problems += _hand_off(
                    source, flow.file.document, ("steps", name, "hand_off"), (step, flow.plan)
                )
            if isinstance(step, AskHttp):
                problems += _server(source, document, path, step.server)
                problems += _http(document, path, step, flow.plan)
    return problems


def _addresses(source: TenantSource) -> Iterator[ConfigError]:
    """A name may be anything by the time it is asked for; then it is looked at again."""
    if source.servers is None:
        return
    for name, server in source.servers.model.servers.items():
        host = parse_webhook_url(server.url).host
        address = literal(host)
        networks = [ip_network(one) for one in (*LAB, *server.allow)]
        if address is not None and not is_public(host) and not any(address in one for one in networks):
            path = ("servers", name, "url")
            hint = f"name its network in servers.{name}.allow"
            yield source.servers.document.error(path, f"{host} is not on the public network", hint)


def _server(source: TenantSource, document: Document, path: MarkPath, server: str) -> Iterator[ConfigError]:
    if "servers.yaml" in source.broken:
        return
    known = source.servers.model.servers if source.servers is not None else {}
    if server not in known:
        hint = did_you_mean(server, known) or "write it down in servers.yaml, beside tenant.yaml"
        yield document.error((*path, "server"), f"there is no server {server}", hint)


def _http(document: Document, path: MarkPath, step: AskHttp, plan: FlowPlan) -> Iterator[ConfigError]:
    yield from unknown_values(document, (*path, "path"), placeholders(step.path), (plan, ()))
    for key, text in (step.body or {}).items():
        yield from unknown_values(document, (*path, "body", key), placeholders(text), (plan, step.secrets))
    if step.keep_s and step.secrets:
        message = "an answer to a question with a secret in it is never kept"
        yield document.error((*path, "keep"), message, "take it out")


def _hand_off(
    source: TenantSource, document: Document, path: MarkPath, asked: tuple[HandOff, FlowPlan]
) -> Iterator[ConfigError]:
    step, plan = asked
    yield from _server(source, document, path, step.server)
    for i, name in enumerate(step.send):
        yield from unknown_values(document, (*path, "send", i), (name,), (plan, ()))
    known = source.servers.model.servers if source.servers is not None else {}
    if step.server in known and known[step.server].secret_file is None:
        hint = f"write servers.{step.server}.secret_file, which both sides sign with"
        message = f"anybody could answer for {step.server}: it has no secret"
        yield document.error((*path, "server"), message, hint)


def _lookup(
    source: TenantSource, document: Document, path: MarkPath, asked: tuple[LookUp, FlowPlan]
) -> Iterator[ConfigError]:
    step, plan = asked
    for parameter, name in step.given.items():
        yield from unknown_values(document, (*path, "with", parameter), (name,), (plan, step.secrets))
    if "customers.yaml" in source.broken:
        return
    known = source.customers.model.queries if source.customers is not None else {}
    query = known.get(step.query)
    if query is None:
        hint = did_you_mean(step.query, known) or "write it down under queries of customers.yaml"
        yield document.error((*path, "query"), f"there is no query {step.query}", hint)
        return
    for parameter in sorted(query.parameters ^ frozenset(step.given)):
        is_missing = parameter in query.parameters
        place = (*path, "with") if is_missing else (*path, "with", parameter)
        said = f"nothing is given for :{parameter} of {step.query}"
        yield document.key_error(place, said if is_missing else f"{step.query} has no parameter :{parameter}")
    for name, column in step.take.items():
        if column not in query.columns:
            hint = did_you_mean(column, query.columns)
            yield document.error((*path, "take", name), f"{step.query} gives no column {column}", hint)
    if step.keep_s and step.secrets:
        message = "an answer to a question with a secret in it is never kept"
        yield document.error((*path, "keep"), message, "take it out")


def _secrets(document: Document, path: MarkPath, step: ProgramStep, plan: FlowPlan) -> Iterator[ConfigError]:
    for i, name in enumerate(step.may_tell):
        if name not in plan.secret_variables:
            hint = did_you_mean(name, sorted(plan.secret_variables))
            yield document.error((*path, "send_secret", i), f"no step collects {name} in secret", hint)


def _given(document: Document, path: MarkPath, step: ProgramStep, plan: FlowPlan) -> Iterator[ConfigError]:
    for name in step.open_names:
        place = (*path, "take", name)
        if name in _RESERVED:
            yield document.key_error(
                place, f"{name} is a value of the call", "give the variable another name"
            )
        elif name in plan.secret_variables:
            message = f"what is collected into {name} is a secret entry"
            yield document.key_error(place, message, "give the variable another name")
