"""No code hides another: each can be told from every other before its last digit, dialled or pressed."""

from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.rules import THREE_WAY

REMEDY = "no code may begin with another; null = there is no such code"


def check_codes(source: TenantSource) -> list[ConfigError]:
    """Return codes that are, or begin like, one of another purpose; what is written yields to what is not."""
    if source.dialplan is None:
        return []
    document, codes = source.dialplan.document, source.dialplan.model.codes
    taken, problems = {"three-way calls": THREE_WAY}, list[ConfigError]()
    for name in sorted(type(codes).model_fields, key=codes.model_fields_set.__contains__):
        code: str | None = getattr(codes, name)
        if code is None:
            continue
        clash = next((what for what, other in taken.items() if _hides(code, other)), None)
        if clash is not None:
            problems.append(document.error(("codes", name), _said(code, clash, taken[clash]), REMEDY))
        taken[name] = code
    return problems


def _hides(code: str, other: str) -> bool:
    return code.startswith(other) or other.startswith(code)


def _said(code: str, what: str, other: str) -> str:
    if code == other:
        return f"{code} is the code of {what} already"
    return f"{code} {'begins with' if code.startswith(other) else 'is the beginning of'} {other} ({what})"
