"""`pbx check` and `pbx explain`: is the configuration right, and what does it do with a number."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.cli.output import DONE, REFUSED, Refusal, complain, print_json, printable
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, site
from pbx.config.load import ConfigProblems, load
from pbx.config.models import Configuration, Tenant
from pbx.dialplan.plan import DialPlan, describe
from pbx.sip.events import DeviceOrigin, Origin, TrunkOrigin

Caller = Annotated[str, Parameter(name="--from", help="An extension or a trunk; else: from the network.")]


def check(directory: Path = CONFIG, /) -> int:
    """Check a configuration folder and name every mistake by file, line and column."""
    try:
        configuration = load(directory.absolute(), os.environ)
    except ConfigProblems as problems:
        for line in (*problems.errors, *(f"warning: {text}" for text in problems.warnings)):
            complain(str(line))
        return REFUSED
    for text in configuration.warnings:
        complain(f"warning: {text}")
    print(f"ok: {_summary(configuration)}")
    return DONE


def explain(
    number: str,
    /,
    *,
    caller: Caller = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Say where a call to NUMBER would go and which rules decide that."""
    chosen = site(config).tenant(tenant)
    routing = DialPlan(chosen.rules).match(number, _origin(chosen, caller))
    route = describe(routing.route)
    if as_json:
        print_json({"tenant": chosen.name, "route": route, "trace": routing.trace})
        return
    for step in routing.trace:
        print(printable(step))
    print(f"-> {route}")


def _origin(tenant: Tenant, caller: str) -> Origin:
    """A number that is not an extension calls from the network, where the first trunk stands for all."""
    if caller in tenant.extensions:
        return DeviceOrigin(tenant=tenant.name, extension=caller)
    if not tenant.trunks:
        raise Refusal(f"tenant {tenant.name} has no trunk: say --from and an extension")
    trunk = caller if caller in tenant.trunks else next(iter(tenant.trunks))
    return TrunkOrigin(tenant=tenant.name, trunk=trunk)


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
