"""`pbx import`: the configuration of another system as ours, with a report of what is not carried over."""

import gzip
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from cyclopts import App, Parameter

from pbx.cli.output import Refusal, print_json, printable
from pbx.cli.site import AsJson
from pbx.config.places import Places
from pbx.core.secret import Secret
from pbx.core.strength import is_weak
from pbx.importers.asterisk import FILES, country_of, read_asterisk
from pbx.importers.freepbx import read_freepbx, read_tables
from pbx.importers.house import House
from pbx.importers.report import Left, Report, rows
from pbx.importers.written import Home, Written, write

MAX_FILE_BYTES = 16 * 1024 * 1024  # of a file that is read, unpacked
MAX_CONF_FILES = 500
REPORT = "not_carried_over.txt"
app = App(name="import", help="Take over the configuration of another system.")

Out = Annotated[Path, Parameter(name="--out", help="Folder of the new configuration; it must not be there.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """Whose telephones they are, which no other system's files say."""

    tenant: Annotated[str, Parameter(help="Name of the tenant and of his folder.")] = "main"
    domain: Annotated[str, Parameter(help="SIP domain that telephones register at.")] = "pbx.example"
    country: Annotated[str, Parameter(help="Two letters; left out = that of indications.conf.")] = ""
    timezone: Annotated[str, Parameter(help="Of opening hours, such as Europe/London.")] = "Etc/UTC"
    language: Annotated[str, Parameter(help="Of what is said to callers.")] = "en-GB"


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where help has to come to when one of the telephones calls it."""

    city: Annotated[str, Parameter(help="Town where the telephones are: help has to find them.")]
    street: Annotated[str, Parameter(help="Street where they are.")]
    house: Annotated[str, Parameter(help="Number of the house.")] = ""
    postcode: Annotated[str, Parameter(help="Its postcode.")] = ""
    name: Annotated[str, Parameter(name="--site", help="What the place is called.")] = "Main site"


DEFAULT = Tenant()


@app.command
def asterisk(
    folder: Path,
    /,
    *,
    out: Out,
    address: Address,
    tenant: Tenant = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Read extensions.conf, pjsip.conf, sip.conf, queues.conf and voicemail.conf of FOLDER."""
    files = _conf_files(folder)
    if not any(name in files for name in FILES[:3]):
        raise Refusal(f"{folder}: none of {', '.join(FILES[:3])} is there")
    report = Report()
    country = tenant.country or country_of(files)
    if not country:
        raise Refusal("--country is needed: indications.conf does not say which one it is")
    house = read_asterisk(files, country, report)
    finish(house, _home(tenant, country, address), out, report, as_json=as_json)


@app.command
def freepbx(
    source: Path,
    /,
    *,
    out: Out,
    address: Address,
    tenant: Tenant = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Read SOURCE, a dump of the database `asterisk` (.sql, .sql.gz), or a folder with it or CSV files."""
    if not tenant.country:
        raise Refusal("--country is needed: no export of FreePBX says which one it is")
    files = _exported(source)
    if not files:
        raise Refusal(f"{source}: no .sql, .sql.gz or .csv; make one with `mysqldump asterisk > freepbx.sql`")
    report = Report()
    house = read_freepbx(read_tables(files), tenant.country, report)
    finish(house, _home(tenant, tenant.country, address), out, report, as_json=as_json)


def _exported(source: Path) -> dict[str, str]:
    if not source.exists():
        raise Refusal(f"{source}: there is no such file or folder")
    paths = sorted(source.iterdir()) if source.is_dir() else [source]
    wanted = [path for path in paths if path.name.endswith((".sql", ".sql.gz", ".csv")) and path.is_file()]
    if len(wanted) > MAX_CONF_FILES:
        raise Refusal(f"{source}: {len(wanted)} files, and at most {MAX_CONF_FILES} are read")
    return {path.name: read_text(path) for path in wanted}


def _home(tenant: Tenant, country: str, address: Address) -> Home:
    parts = {"name": address.name, "house": address.house, "street": address.street, "city": address.city}
    parts["postcode"] = address.postcode
    return Home(
        tenant=tenant.tenant,
        domain=tenant.domain,
        country=country,
        timezone=tenant.timezone,
        language=tenant.language,
        location={key: value for key, value in parts.items() if value},
    )


def finish(house: House, home: Home, out: Path, report: Report, *, as_json: bool) -> None:
    """Write everything, and say what was carried over and what was not."""
    if out.exists() and any(out.iterdir()):
        raise Refusal(f"{out}: there is something already, name a folder that is not there")
    if not house.devices:
        raise Refusal("no telephone was found: there is nothing to write")
    base = Places(out.absolute().parent)
    written = write(house, home, report)
    strong = {key: one for key, one in written.devices.items() if not is_weak(one.reveal(), key.split("/"))}
    for key in sorted(written.devices.keys() - strong.keys()):
        why, remedy = "its password can be guessed", f"the first start makes a new one in {base.secrets}"
        report.leave(house.devices[key.partition("/")[2]].place, f"password of {key}", why, remedy)
    _write_secrets(base, strong, written.accounts)
    _write_files(out, written, report.left)
    if as_json:
        print_json({"out": str(out), **_counts(house), "not_carried_over": rows(report.left)})
        return
    for one in report.left:
        print(printable(str(one)))
    counts = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in _counts(house).items())
    print(f"{out}: {counts}; {len(report.left)} things are not carried over, see {out / REPORT}")


def _counts(house: House) -> dict[str, int]:
    return {
        "telephones": len(house.devices),
        "trunks": len(house.carriers),
        "groups": len(house.groups),
        "numbers": len(house.inbound),
        "internal_numbers": len(house.internal),
        "flows": len(house.flows),
    }


def _conf_files(folder: Path) -> dict[str, str]:
    """The text of every .conf file of a folder and below, by its name; of two of one name the upper one."""
    if not folder.is_dir():
        raise Refusal(f"{folder}: there is no such folder")
    found: dict[str, str] = {}
    paths = sorted(folder.rglob("*.conf"), key=lambda path: (len(path.parts), path))
    if len(paths) > MAX_CONF_FILES:
        raise Refusal(f"{folder}: {len(paths)} files, and at most {MAX_CONF_FILES} are read")
    for path in paths:
        found.setdefault(path.name, read_text(path))
    return found


def read_text(path: Path) -> str:
    """The text of a file of limited size; octets that are no UTF-8 are replaced."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        octets = file.read(MAX_FILE_BYTES + 1)
    if len(octets) > MAX_FILE_BYTES:
        raise Refusal(f"{path}: larger than {MAX_FILE_BYTES} octets")
    return octets.decode("utf-8", errors="replace")


def _write_files(out: Path, written: Written, left: tuple[Left, ...]) -> None:
    for name, text in written.files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (out / REPORT).write_text("".join(f"{one}\n" for one in left))


def _write_secrets(
    base: Places, devices: Mapping[str, Secret[str]], accounts: Mapping[str, Secret[str]]
) -> None:
    """Each file is its owner's alone from its first octet on; what is there already stays as it is."""
    known = yaml.safe_load(base.secrets.read_text()) if base.secrets.exists() else {}
    if not isinstance(known, dict):
        raise Refusal(f"{base.secrets}: not a list of `tenant/extension: secret`, move it away")
    if devices.keys() - known.keys():
        new = base.secrets.with_suffix(".new")
        new.unlink(missing_ok=True)
        _private(new, yaml.safe_dump({**{key: one.reveal() for key, one in devices.items()}, **known}))
        new.replace(base.secrets)
    for name, secret in accounts.items():
        if not (base.base / name).exists():
            _private(base.base / name, secret.reveal() + "\n")


def _private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as private:
        private.write(text)
