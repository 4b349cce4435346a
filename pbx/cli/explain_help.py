"""What `pbx explain` says of a call for help beside its route: which trunks follow, and who is told."""

from pbx.config.models import Tenant
from pbx.dialplan.routes import Route, ToTrunk


def help_lines(tenant: Tenant, route: Route, caller: str) -> list[str]:
    """Return a line for each trunk that is told the address or is a reserve, and one for the desk."""
    if not isinstance(route, ToTrunk) or not route.emergency:
        return []
    group = tenant.trunk_groups.get(route.trunk)
    first = [one.trunk for one in group.members] if group is not None else [route.trunk]
    told = [name for name in first if tenant.trunks[name].profile.help.location]
    lines = [f"trunk {name}: told the address" for name in told]
    for name, trunk in tenant.trunks.items():
        if trunk.profile.help.carries and name not in first and trunk.outbound is not None:
            address = ", told the address" if trunk.profile.help.location else ""
            lines.append(f"trunk {name}: tried if those before it fail{address}")
    desk = tenant.help_desk.extensions if tenant.help_desk is not None else ()
    rung = [one for one in desk if one != caller]
    return [*lines, *([f"the desk rings and hears who calls from where: {', '.join(rung)}"] if rung else [])]
