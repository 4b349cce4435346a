"""`pbx queue`: who waits in queues, which agents are there, and what is said for them."""

from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.control import ask_queues
from pbx.cli.output import Refusal, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, site
from pbx.cli.vault import actor
from pbx.runner.queue_messages import AskQueues, OrderAgent, OrderPriority, Said

app = App(name="queue", help="Queues: who waits, and which agents are there.")
_QUEUES = ("tenant", "queue", "waiting", "longest_s", "answered", "abandoned", "service_level")
_CALLERS = ("tenant", "queue", "position", "call", "waited_s", "priority", "rings")
_AGENTS = ("tenant", "extension", "state", "reason", "call", "answered", "misses")
Tenant = Annotated[str, Parameter(name="--tenant", help="Only of this one.")]
Why = Annotated[str, Parameter(name="--reason", help="Why, for the agents list and the audit log.")]


@app.command(name="list")
async def list_queues(*, tenant: Tenant = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the queues: how many wait, the longest, and what became of callers since the start."""
    found = await ask_queues(site(config).places, AskQueues(tenant=tenant))
    listing([fields(one) for one in found.queues], _QUEUES, as_json=as_json)


@app.command
async def callers(*, tenant: Tenant = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List who waits, in the order in which they are served, and who rings for them."""
    found = await ask_queues(site(config).places, AskQueues(tenant=tenant))
    listing([fields(one) for one in found.callers], _CALLERS, as_json=as_json)


@app.command
async def agents(*, tenant: Tenant = "", as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """List the members of queues: logged out, ready, paused, offered a call, busy or in wrap-up."""
    found = await ask_queues(site(config).places, AskQueues(tenant=tenant))
    listing([fields(one) for one in found.agents], _AGENTS, as_json=as_json)


@app.command
async def login(agent: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Log TENANT/EXTENSION in: it takes calls of all queues that it is a member of."""
    await _say(agent, "login", "", as_json, config)


@app.command
async def logout(agent: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Log TENANT/EXTENSION out; a call that it has goes on."""
    await _say(agent, "logout", "", as_json, config)


@app.command
async def pause(
    agent: str, /, *, reason: Why = "", as_json: AsJson = False, config: ConfigDir = CONFIG
) -> None:
    """Offer TENANT/EXTENSION no calls for a while."""
    await _say(agent, "pause", reason, as_json, config)


@app.command
async def resume(agent: str, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """End the pause of TENANT/EXTENSION, or its wrap-up."""
    await _say(agent, "resume", "", as_json, config)


@app.command
async def priority(call: str, points: int, /, *, as_json: AsJson = False, config: ConfigDir = CONFIG) -> None:
    """Give the caller who waits in CALL so many POINTS, 0 to 9: a minute of waiting each."""
    order = OrderPriority(call=call, priority=points, actor=f"operator/{actor()}")
    found = await ask_queues(site(config).places, order)
    listing([fields(one) for one in found.callers], _CALLERS, as_json=as_json)


async def _say(agent: str, said: Said, reason: str, as_json: bool, config: ConfigDir) -> None:
    tenant, slash, extension = agent.partition("/")
    if not slash:
        raise Refusal(f"{agent}: expected TENANT/EXTENSION, for example acme/1001")
    order = OrderAgent(
        tenant=tenant, extension=extension, said=said, reason=reason, actor=f"operator/{actor()}"
    )
    found = await ask_queues(site(config).places, order)
    listing([fields(one) for one in found.agents], _AGENTS, as_json=as_json)
