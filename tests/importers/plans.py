"""A dial plan in a few lines, and the flow that one of its numbers becomes."""

from pbx.importers.asterisk import HANDLERS
from pbx.importers.conf import read_conf
from pbx.importers.dialplan_conf import Dialplan, read_dialplan
from pbx.importers.house import Device, Flow, House
from pbx.importers.report import Report
from pbx.importers.walk import At, Desk, Walk

NUMBERS = ("1001", "1002", "1003")


def plan_of(text: str, report: Report | None = None) -> Dialplan:
    """Return a plan of `extensions.conf`."""
    report = report or Report()
    return read_dialplan(read_conf({"extensions.conf": text}, "extensions.conf", report), report)


def flow_of(lines: str, exten: str = "s", *, rest: str = "") -> tuple[Flow, list[str]]:
    """Return the flow of applications, one in a line, and what was left out, without its remedy."""
    report = Report()
    written = "\n".join(
        f"exten => {exten},{i},{line}" for i, line in enumerate(lines.strip().splitlines(), 1)
    )
    plan = plan_of(f"[main]\n{written}\n{rest}", report)
    house = House(
        devices={one: Device(user=one, number=one, name=one, place="pjsip.conf:1") for one in NUMBERS},
        queues={"sales": {"name": "sales", "members": [1001, 1002]}},
    )
    desk = Desk(
        plan=plan,
        house=house,
        report=report,
        country="GB",
        by_user={one: one for one in NUMBERS},
        boxes={one: one for one in NUMBERS},
        queues={"sales": "sales"},
    )
    flow = Walk(desk, HANDLERS, "extensions.conf:2").flow("main", At("main", exten, 1))
    return flow, [f"{one.what}: {one.why}" for one in report.left]
