"""`pbx check` and `pbx explain`: is the configuration right, and what does it do with a number."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.assembly.secrets import guessable
from pbx.cli.output import DONE, REFUSED, Refusal, complain, fields, print_json, printable
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, site
from pbx.config.load import ConfigProblems, load
from pbx.config.models import Configuration, Tenant
from pbx.config.places import Places
from pbx.config.read import did_you_mean
from pbx.core.errors import ConfigError
from pbx.core.io.clock import utc_now
from pbx.dialplan.plan import DialPlan, describe
from pbx.dialplan.routes import Route, ToTrunk
from pbx.sip.events import DeviceOrigin, Origin, TrunkOrigin
from pbx.sip.stir.condition import Attestation, VerdictWord
from pbx.sip.stir.verdict import Status, StirVerdict

MAX_NAMED = 10  # names in one line
Strict = Annotated[bool, Parameter(name="--strict", negative=(), help="Warnings count as mistakes.")]
Caller = Annotated[str, Parameter(name="--from", help="An extension or a trunk; else the network calls.")]
Verdict = Annotated[VerdictWord | None, Parameter(name="--verdict", help="On the calling number.")]
Attested = Annotated[Attestation | None, Parameter(name="--attestation", help="Of a verdict that passed.")]
_STATUSES = {"passed": Status.PASSED, "failed": Status.FAILED, "none": Status.NONE}


def check(directory: Path = CONFIG, /, *, strict: Strict = False, as_json: AsJson = False) -> int:
    """Check a configuration folder and name every mistake by file, line and column."""
    found = examine(directory)
    is_right = isinstance(found, Configuration) and not (strict and found.findings)
    if as_json:
        summary = _summary(found) if isinstance(found, Configuration) else ""
        print_json({"ok": is_right, "summary": summary, **_spoken(found), "problems": _problems(found)})
    elif isinstance(found, Configuration) and not is_right:
        say(found, "not ok by --strict")
    else:
        say(found)
    return DONE if is_right else REFUSED


def _problems(found: Configuration | ConfigProblems) -> list[dict[str, object]]:
    """Each mistake and warning by its parts, for editors and pipelines."""
    errors = found.errors if isinstance(found, ConfigProblems) else ()
    marked = [("error", one) for one in errors] + [("warning", one) for one in found.findings]
    return [{"severity": severity, **fields(one)} for severity, one in marked]


def examine(directory: Path) -> Configuration | ConfigProblems:
    """Return the configuration of a folder, or what is wrong with it, secrets of telephones included."""
    folder = directory.absolute()
    try:
        found = load(folder, os.environ, utc_now())
        weak = guessable(found, Places(folder.parent))
    except ConfigProblems as problems:
        return problems
    except ConfigError as error:
        return ConfigProblems((error,), found.findings)
    except PermissionError as error:  # only the user of the PBX may read them
        said, hint = "not checked: it cannot be read by this user", "check as the user of the PBX"
        unread = ConfigError(str(error.filename), 1, 1, "", said, hint)
        return replace(found, findings=(*found.findings, unread))
    return ConfigProblems(weak, found.findings) if weak else found


def say(found: Configuration | ConfigProblems, verdict: str = "ok") -> None:
    """Print mistakes and warnings, a line each, and one line when nothing has to be corrected."""
    spoken = _spoken(found)
    for line in (*spoken["errors"], *(f"warning: {text}" for text in spoken["warnings"])):
        complain(line)
    if isinstance(found, Configuration):
        print(f"{verdict}: {_summary(found)}")


def _spoken(found: Configuration | ConfigProblems) -> dict[str, list[str]]:
    errors = found.errors if isinstance(found, ConfigProblems) else ()
    return {"errors": list(map(str, errors)), "warnings": list(map(str, found.warnings))}


def explain(
    number: str,
    /,
    *,
    caller: Caller = "",
    tenant: TenantName = "",
    verdict: Verdict = None,
    attestation: Attested = None,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Say where a call to NUMBER would go and which rules decide that."""
    chosen = site(config).tenant(tenant)
    plan = DialPlan(chosen.rules)
    origin, why = (_named(chosen, caller), ()) if caller else _assumed(chosen, plan, number)
    routing = plan.match(number, origin, _supposed(verdict, attestation))
    route = describe(routing.route)
    trace = (*routing.trace[:1], *why, *routing.trace[1:], *_trunk_order(chosen, routing.route))
    if as_json:
        print_json({"tenant": chosen.name, "route": route, "trace": trace})
        return
    for step in trace:
        print(printable(step))
    print(f"-> {route}")


def _supposed(verdict: VerdictWord | None, attestation: Attestation | None) -> StirVerdict | None:
    """The verdict that the call is supposed to have; an attestation means a signature that holds."""
    if attestation is not None and verdict not in (None, "passed"):
        raise Refusal("--attestation: only a call with --verdict passed has one")
    word = "passed" if attestation is not None else verdict
    return StirVerdict(status=_STATUSES[word], attestation=attestation or "") if word is not None else None


def _named(tenant: Tenant, caller: str) -> Origin:
    """The extension or trunk that --from names; Refusal when it is neither."""
    if caller in tenant.extensions:
        return DeviceOrigin(tenant=tenant.name, extension=caller)
    if caller in tenant.trunks:
        return TrunkOrigin(tenant=tenant.name, trunk=caller)
    known = (*tenant.trunks, *tenant.extensions)
    hint = did_you_mean(caller, known) or f"there is {', '.join(known[:MAX_NAMED])}"
    raise Refusal(f"--from {caller}: tenant {tenant.name} has no such extension or trunk ({hint})")


def _assumed(tenant: Tenant, plan: DialPlan, number: str) -> tuple[Origin, tuple[str, ...]]:
    """Who calls when nobody is named, and why: a telephone of ours for emergencies, else the network."""
    if tenant.extensions:
        extension = next(iter(tenant.extensions))
        device = DeviceOrigin(tenant=tenant.name, extension=extension)
        route = plan.match(number, device).route
        if isinstance(route, ToTrunk) and route.emergency:
            return device, (f"--from is not given: extension {extension} stands for every telephone",)
    if not tenant.trunks:
        raise Refusal(f"tenant {tenant.name} has no trunk: say --from and an extension")
    trunk = next(iter(tenant.trunks))
    why = f"--from is not given: trunk {trunk} stands for the network"
    return TrunkOrigin(tenant=tenant.name, trunk=trunk), (why,)


def _trunk_order(tenant: Tenant, route: Route) -> list[str]:
    """The trunks of a group, the one that is tried first first; those of one priority share by weight."""
    group = tenant.trunk_groups.get(route.trunk) if isinstance(route, ToTrunk) else None
    members = sorted(group.members, key=lambda one: (one.priority, -one.weight)) if group is not None else []
    return [f"trunk {one.trunk}: priority {one.priority}, weight {one.weight}" for one in members]


def _summary(configuration: Configuration) -> str:
    tenants = configuration.tenants.values()
    counts = {
        "tenant": len(tenants),
        "extension": sum(len(tenant.extensions) for tenant in tenants),
        "number": sum(len(tenant.dids) for tenant in tenants),
        "flow": sum(len(tenant.flows) for tenant in tenants),
        "warning": len(configuration.warnings),
    }
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
