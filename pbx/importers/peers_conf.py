"""`pjsip.conf` and `sip.conf`: telephones and trunks."""

import ipaddress
import re
from collections.abc import Iterable, Mapping

from pbx.core.secret import Secret
from pbx.importers.conf import Section
from pbx.importers.house import Carrier, Device, House
from pbx.importers.names import name_of
from pbx.importers.report import Report

_CALLER_ID = re.compile(r'\s*"?(?P<name>[^"<]*?)"?\s*(?:<(?P<number>[^>]*)>)?\s*')
_URI = re.compile(r"sips?:(?:[^@]*@)?(?P<host>\[[0-9a-fA-F:]+\]|[^:;>@]+)(?::(?P<port>\d+))?(?P<rest>.*)")
_REGISTER = re.compile(r"(?P<user>[^:@]+):(?P<secret>[^@]*)@(?P<host>[^:/]+)(?::(?P<port>\d+))?.*")
_NUMBER = re.compile(r"[1-9][0-9]{1,6}", re.ASCII)
# What a telephone or trunk may say that changes nothing here: our way is the same, or is found out by itself.
_SILENT = frozenset(
    [
        "type",
        "context",
        "auth",
        "outbound_auth",
        "aors",
        "transport",
        "callerid",
        "disallow",
        "allow",
        "direct_media",
        "rtp_symmetric",
        "force_rport",
        "rewrite_contact",
        "mailboxes",
        "dtmf_mode",
        "ice_support",
        "media_address",
        "trust_id_inbound",
        "send_pai",
        "send_rpid",
        "from_user",
        "from_domain",
        "identify_by",
        "device_state_busy_at",
        "language",
        "tone_zone",
        "allow_transfer",
        "rtp_timeout",
        "rtp_keepalive",
        "max_contacts",
        "contact",
        "qualify_frequency",
        "remove_existing",
        "default_expiration",
        "minimum_expiration",
        "maximum_expiration",
        "auth_type",
        "username",
        "password",
        "realm",
        "endpoint",
        "match",
        "server_uri",
        "client_uri",
        "retry_interval",
        "expiration",
        "contact_user",
        "line",
        "outbound_proxy",
        "support_path",
        "message_context",
        "subscribe_context",
        "secret",
        "host",
        "nat",
        "qualify",
        "insecure",
        "defaultuser",
        "fromuser",
        "fromdomain",
        "directmedia",
        "canreinvite",
        "mailbox",
        "port",
        "bindaddr",
        "bindport",
        "udpbindaddr",
        "register",
        "dtmfmode",
        "sendrpid",
        "trustrpid",
        "permit",
        "deny",
    ]
)
_REMEDY = "see docs/reference for what an extension or trunk may say"


def read_pjsip(sections: list[Section], house: House, report: Report) -> None:
    """Add the telephones and trunks of `pjsip.conf`."""
    kinds: dict[str, dict[str, Section]] = {}
    for section in sections:
        if not section.is_template:
            kinds.setdefault(section.last("type").lower(), {})[section.name] = section
    auths, aors = kinds.get("auth", {}), kinds.get("aor", {})
    registered = {_host(one.last("server_uri"))[0]: one for one in kinds.get("registration", {}).values()}
    matches: dict[str, list[str]] = {}
    for one in kinds.get("identify", {}).values():
        for entry in one.every("match"):
            matches.setdefault(one.last("endpoint"), []).extend(re.split(r"\s*,\s*", entry.value))
    for name, endpoint in kinds.get("endpoint", {}).items():
        aor = aors.get(endpoint.last("aors").split(",")[0].strip())
        contact = aor.last("contact") if aor is not None else ""
        if contact or name in matches or endpoint.last("outbound_auth"):
            host = _host(contact)
            carrier = _carrier(name, endpoint, host, matches.get(name, []))
            registration = registered.get(host[0])
            auth = auths.get(endpoint.last("outbound_auth"))
            if registration is not None:
                auth = auths.get(registration.last("outbound_auth"), auth)
                carrier.registers = True
            if auth is not None:
                carrier.user, carrier.secret = auth.last("username"), _secret(auth, report)
            _add_carrier(house, carrier, report)
        else:
            auth = auths.get(endpoint.last("auth"))
            _add_device(house, _device(name, endpoint, auth, report), report)
        _unknown(endpoint, report)
    for transport in kinds.get("transport", {}).values():
        _, _, port = transport.last("bind").rpartition(":")
        if transport.last("protocol") == "udp" and port.isdecimal():
            house.sip_port = int(port)


def read_sip(sections: list[Section], house: House, report: Report) -> None:
    """Add the telephones and trunks of `sip.conf`, which Asterisk has given up."""
    registrations: dict[str, re.Match[str]] = {}
    for section in sections:
        if section.name == "general":
            for entry in section.every("register"):
                if (found := _REGISTER.fullmatch(entry.value)) is not None:
                    registrations[found["host"]] = found
            port = section.last("bindport", section.last("port"))
            house.sip_port = int(port) if port.isdecimal() else house.sip_port
            continue
        if section.is_template or section.last("type") not in ("friend", "peer", "user"):
            continue
        host = section.last("host")
        if host in ("", "dynamic"):
            secret = Secret(section.last("secret")) if section.last("secret") else None
            device = _device(section.name, section, None, report)
            device.secret, device.mailbox = secret, section.last("mailbox").partition("@")[0]
            _add_device(house, device, report)
        else:
            port = section.last("port")
            carrier = _carrier(section.name, section, (host, int(port) if port.isdecimal() else 0, ""), [])
            carrier.user = section.last("defaultuser", section.last("username"))
            carrier.secret = Secret(section.last("secret")) if section.last("secret") else None
            if (found := registrations.get(host)) is not None:
                carrier.user, carrier.secret = found["user"], Secret(found["secret"])
                carrier.registers = True
            _add_carrier(house, carrier, report)
        _unknown(section, report)


def _device(name: str, section: Section, auth: Section | None, report: Report) -> Device:
    found = _CALLER_ID.fullmatch(section.last("callerid"))
    title, shown = (found["name"], found["number"] or "") if found is not None else ("", "")
    number = next((one for one in (name, shown) if _NUMBER.fullmatch(one)), "")
    return Device(
        user=name,
        number=number,
        name=title[:64] or name[:64],
        place=section.place,
        context=section.last("context", "default"),
        secret=_secret(auth, report) if auth is not None else None,
        mailbox=section.last("mailboxes").partition("@")[0].partition(",")[0],
    )


def _add_device(house: House, device: Device, report: Report) -> None:
    """Under its number; one without is found by the dial plan later, under its own name until then."""
    key = device.number or device.user
    if key in house.devices:
        report.leave(
            device.place, f"telephone {device.user}", f"there is one {key} already", "give it a number"
        )
        return
    house.devices[key] = device


def _add_carrier(house: House, carrier: Carrier, report: Report) -> None:
    if not carrier.host and not carrier.sources:
        why = "it has no address"
        report.leave(
            carrier.place, f"trunk {carrier.name}", why, "write `outbound` and `source` in trunks.yaml"
        )
    house.carriers[carrier.name] = carrier


def _carrier(name: str, section: Section, host: tuple[str, int, str], matches: Iterable[str]) -> Carrier:
    address, port, transport = host
    sources = [one for one in (*matches, address) if _is_network(one)]
    return Carrier(
        name=name_of(name),
        place=section.place,
        context=section.last("context", "default"),
        host=address,
        port=port,
        transport=transport,
        sources=list(dict.fromkeys(sources)),
    )


def _secret(auth: Section, report: Report) -> Secret[str] | None:
    if auth.last("auth_type", "userpass") not in ("userpass", "digest") or auth.last("md5_cred"):
        why = "a hash of a password is no password"
        report.leave(auth.place, f"auth {auth.name}", why, "a new password is made at the first start")
        return None
    return Secret(auth.last("password")) if auth.last("password") else None


def _host(uri: str) -> tuple[str, int, str]:
    found = _URI.match(uri)
    if found is None:
        return "", 0, ""
    transport = re.search(r"transport=(udp|tcp|tls)", found["rest"])
    port = int(found["port"]) if found["port"] else 0
    return found["host"].strip("[]").lower(), port, transport[1] if transport is not None else ""


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _unknown(section: Section, report: Report) -> None:
    for entry in section.entries:
        if entry.key.lower() not in _SILENT:
            what = f"{entry.key}={entry.value}"[:60]
            report.leave(entry.place, what, "there is no such setting, or it is another one", _REMEDY)


def by_user(devices: Mapping[str, Device]) -> dict[str, Device]:
    """Return the telephones by the name that the dial plan calls them by."""
    return {one.user: one for one in devices.values()}
