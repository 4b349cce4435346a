"""A house as the files of our configuration, and the secrets beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from pbx.core.secret import Secret
from pbx.importers.expected import ways_tested
from pbx.importers.gathering import gather
from pbx.importers.house import Carrier, House
from pbx.importers.report import Report

NOTICE = "imported"  # of the notice to staff, until there is one
TESTS_OF_FILE = 1000  # a file has at most 1 MiB
ADDRESS_OF_NOBODY = "192.0.2.1"  # RFC 5737


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What no configuration of another system says: who the tenant is, and where help has to come to."""

    tenant: str
    domain: str
    country: str
    timezone: str
    language: str
    location: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`files` by their path below the folder of the configuration; `devices` by `tenant/extension`.

    `accounts` are passwords of trunks, by the path of their file below the folder that the PBX runs in.
    """

    files: Mapping[str, str]
    devices: Mapping[str, Secret[str]]
    accounts: Mapping[str, Secret[str]]


def write(house: House, home: Home, report: Report) -> Written:
    """Return the files; what they cannot say is in the report."""
    folder = home.tenant
    gather(house, home.country)
    trunks = {one.name: _trunk(one, folder) for one in house.carriers.values()}
    if not any("outbound" in one for one in trunks.values()):
        trunks["network"] = {"outbound": {"host": ADDRESS_OF_NOBODY}}
        why = "no trunk has an address that calls can be sent to, and help has to be reached"
        report.leave("trunks", "trunk network", why, "write your carrier's address in trunks.yaml")
    files: dict[str, Any] = {
        "pbx.yaml": _machine(house),
        f"{folder}/tenant.yaml": {
            "tenant": home.tenant,
            "domain": home.domain,
            "country": home.country,
            "timezone": home.timezone,
            "language": home.language,
        },
        f"{folder}/extensions.yaml": {
            "extensions": {int(number): {"name": one.name} for number, one in sorted(house.devices.items())}
        },
        f"{folder}/trunks.yaml": {"trunks": trunks},
        f"{folder}/dialplan.yaml": _dialplan(house, trunks),
        f"{folder}/emergency.yaml": {"locations": {"home": dict(home.location)}, "default_location": "home"},
        f"{folder}/consent.yaml": {"staff_notice": {"version": NOTICE, "acknowledged": []}},
    }
    if house.groups:
        groups = {
            name: {"name": title, "members": [*map(int, who)]} for name, (title, who) in house.groups.items()
        }
        files[f"{folder}/groups.yaml"] = {"groups": groups}
    if house.queues:
        files[f"{folder}/queues.yaml"] = {"queues": house.queues}
    if house.rooms:
        files[f"{folder}/conferences.yaml"] = {"conferences": house.rooms}
    for flow in house.flows.values():
        written = {"flow": flow.name, "start": flow.start, "steps": flow.steps}
        files[f"{folder}/flows/{flow.name}.yaml"] = (f"# from {flow.place}\n", written)
    tests = list(ways_tested(house, home.country).items())
    for i in range(0, len(tests), TESTS_OF_FILE):
        name = f"{folder}/tests/imported-{i // TESTS_OF_FILE + 1}.yaml"
        files[name] = {"tests": dict(tests[i : i + TESTS_OF_FILE])}
    return Written(
        files={path: _text(content) for path, content in files.items()},
        devices={f"{folder}/{n}": one.secret for n, one in house.devices.items() if one.secret is not None},
        accounts={
            account_file(folder, one): one.secret
            for one in house.carriers.values()
            if one.secret and one.user
        },
    )


def account_file(tenant: str, carrier: Carrier) -> str:
    """Where the password of a trunk is kept, below the folder that the PBX runs in."""
    return f"var/secrets/{tenant}-{carrier.name}"


def _machine(house: House) -> dict[str, Any]:
    sip: dict[str, Any] = {"host": "127.0.0.1", "transports": ["udp", "tcp"]}
    rtp: dict[str, Any] = {"host": "127.0.0.1"}
    sip |= {"port": house.sip_port} if house.sip_port else {}
    if house.rtp_ports[1]:
        rtp |= {"first_port": house.rtp_ports[0], "last_port": house.rtp_ports[1]}
    return {"sip": sip, "rtp": rtp}


def _trunk(one: Carrier, tenant: str) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if one.sources:
        written["source"] = one.sources
    if one.host:
        written["outbound"] = {"host": one.host}
        written["outbound"] |= {"port": one.port} if one.port else {}
        written["outbound"] |= {"transport": one.transport} if one.transport else {}
    if one.user and one.secret is not None:
        written["account"] = {"user": one.user, "secret_file": account_file(tenant, one)}
        if one.registers and one.host:
            written["register"] = {}
    return written


def _dialplan(house: House, trunks: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if house.inbound:
        written["inbound"] = {
            number: {kind: int(name) if kind == "extension" else name}
            for number, (kind, name) in house.inbound.items()
        }
    if house.internal:
        written["internal"] = {int(number): {"flow": flow} for number, flow in house.internal.items()}
    if house.parking:
        written["parking"] = house.parking
    trunk, prefix = house.out_by
    if trunk and "outbound" in trunks.get(trunk, {}):
        written["outbound"] = {"trunk": trunk} | ({"prefix": prefix} if prefix else {})
    able = [name for name, one in trunks.items() if "outbound" in one]
    written["emergency"] = {"trunk": trunk if trunk in able else able[0]}
    return written


class _Dumper(yaml.SafeDumper):
    """Without anchors: what is meant twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


def _text(content: Any) -> str:
    head, content = content if isinstance(content, tuple) else ("", content)
    body = str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))
    return f"{head}{body}"
