"""No code hides another: each can be told from every other before its last digit, dialled or pressed."""

from typing import get_args

from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.rules import THREE_WAY, CodePurpose

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
    return [*problems, *_check_key(source, taken)]


def _check_key(source: TenantSource, codes: dict[str, str]) -> list[ConfigError]:
    """The key of `consent.yaml` is pressed, so what is only dialled is not in its way."""
    key = source.consent.model.withdraw_key if source.consent is not None else None
    if source.consent is None or key is None:
        return []
    pressed = {what: code for what, code in codes.items() if what not in get_args(CodePurpose)}
    clash = next((what for what, code in pressed.items() if _hides(key, code)), None)
    if clash is None:
        return []
    return [source.consent.document.error(("withdraw_key",), _said(key, clash, pressed[clash]), REMEDY)]


def _hides(code: str, other: str) -> bool:
    return code.startswith(other) or other.startswith(code)


def _said(code: str, what: str, other: str) -> str:
    if code == other:
        return f"{code} is the code of {what} already"
    return f"{code} {'begins with' if code.startswith(other) else 'is the beginning of'} {other} ({what})"
