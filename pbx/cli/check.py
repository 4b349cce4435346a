"""`pbx check`: is the configuration right."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pbx.assembly.secrets import guessable
from pbx.cli.output import DONE, REFUSED, complain, fields, print_json
from pbx.cli.site import CONFIG, AsJson
from pbx.config.load import ConfigProblems, load
from pbx.config.models import Configuration
from pbx.config.places import Places
from pbx.core.errors import ConfigError
from pbx.core.io.clock import utc_now

Strict = Annotated[bool, Parameter(name="--strict", negative=(), help="Warnings count as mistakes.")]


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


def _summary(configuration: Configuration) -> str:
    tenants = configuration.tenants.values()
    counts = {
        "tenant": len(tenants),
        "extension": sum(len(tenant.extensions) for tenant in tenants),
        "number": sum(len(tenant.dids) for tenant in tenants),
        "flow": sum("/" not in name for tenant in tenants for name in tenant.flows),
        "warning": len(configuration.warnings),
    }
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
