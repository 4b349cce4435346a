"""`pbx init`: the first plan of a new tenant."""

import shutil
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from pydantic import TypeAdapter, ValidationError

from pbx.cli.check import examine
from pbx.cli.output import Refusal, WrongUsage, complain
from pbx.cli.site import CONFIG, ConfigDir
from pbx.config.load import ConfigProblems
from pbx.config.starter import OF_MACHINE, TRY_CARRIER, Start, files
from pbx.config.types import Name
from pbx.core.io.clock import utc_now

TenantToBe = Annotated[str, Parameter(help="Its name, which is that of its folder too.")]
Country = Annotated[
    str, Parameter(help="Two letters, such as GB: numbers are read as people write them there.")
]
Timezone = Annotated[str, Parameter(help="Of its opening hours, such as Europe/London.")]
Number = Annotated[str, Parameter(help="The number that callers dial.")]
Street = Annotated[str, Parameter(help="Where its telephones are, for help that one of them calls.")]
City = Annotated[str, Parameter(help="The town of that street.")]
House = Annotated[str, Parameter(help="The number of the house.")]
Postcode = Annotated[str, Parameter(help="The post code.")]
Domain = Annotated[str, Parameter(help="Where its telephones register; left out, TENANT.example.")]
Carrier = Annotated[
    str, Parameter(help="The address that its calls come from; left out, this machine, to try.")
]
_name = TypeAdapter[str](Name)
_NEXT = """\
pbx test     makes the calls of {0}/tests without a telephone
pbx run      takes calls; `pbx phone call {1} --from-trunk` makes one
Change the files as you like: `pbx check` names every mistake. docs/first_tenant.md goes through them."""


def init(  # noqa: PLR0913 - each is an option of the command
    tenant: TenantToBe,
    /,
    *,
    country: Country,
    timezone: Timezone,
    number: Number,
    street: Street,
    city: City,
    house: House = "",
    postcode: Postcode = "",
    domain: Domain = "",
    carrier: Carrier = TRY_CARRIER,
    config: ConfigDir = CONFIG,
) -> None:
    """Write the first plan of a new tenant: two telephones, a team, opening hours, a menu, voicemail."""
    folder = config / _named(tenant)
    if folder.exists():
        raise Refusal(f"{folder} is there already: nothing was written")
    start = Start(
        tenant=tenant,
        domain=domain or f"{tenant}.example",
        country=country,
        timezone=timezone,
        number=number,
        street=street,
        city=city,
        house=house,
        postcode=postcode,
        carrier=_address(carrier),
    )
    _write(config, folder, files(start, utc_now().date()))
    print(_NEXT.format(folder, number if number.isalnum() else f'"{number}"'))


def _named(tenant: str) -> str:
    try:
        return _name.validate_python(tenant)
    except ValidationError:
        raise WrongUsage(
            f"{tenant}: a name has at most 32 lower-case letters, digits, - and _, and begins with a letter"
        ) from None


def _address(carrier: str) -> str:
    try:
        return str(ip_address(carrier))
    except ValueError:
        raise WrongUsage(
            f"--carrier {carrier}: the address that its calls come from; put a name into outbound.host later"
        ) from None


def _write(config: Path, folder: Path, texts: dict[str, str]) -> None:
    """Write what is not there; a plan that is not right, because some word is not, leaves nothing behind."""
    made = [config / path for path in texts if path != OF_MACHINE or not (config / path).exists()]
    for file in made:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(texts[str(file.relative_to(config))], encoding="utf-8")
    found = examine(config)
    if isinstance(found, ConfigProblems):
        shutil.rmtree(folder)
        if config / OF_MACHINE in made:
            (config / OF_MACHINE).unlink()
        for error in found.errors:
            complain(str(error))
        raise Refusal("nothing was written: the files would have been wrong as above")
    for file in made:
        print(f"wrote {file}")
