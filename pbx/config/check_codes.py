"""No code hides another: each can be told from every other before its last digit, dialled or pressed."""

from typing import get_args

from pbx.config.marks import Document
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.rules import THREE_WAY, CodePurpose
from pbx.marketing.policy import OPT_OUT_KEY

WITHDRAWS, OPTS_OUT = "withdraw_key of consent.yaml", "opt_out_key of marketing.yaml"
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
    return [*problems, *_check_keys(source, taken), *_check_switches(source, taken)]


def _check_switches(source: TenantSource, codes: dict[str, str]) -> list[ConfigError]:
    """The codes of schedules, which are dialled."""
    if source.schedules is None:
        return []
    taken, problems = dict(codes), list[ConfigError]()
    for name, one in source.schedules.model.schedules.items():
        if one.code is not None:
            path = ("schedules", name, "code")
            clash = next((what for what, other in taken.items() if _hides(one.code, other)), None)
            if clash is not None:
                said = _said(one.code, clash, taken[clash])
                problems.append(source.schedules.document.error(path, said, REMEDY))
            taken[f"the schedule {name}"] = one.code
    return problems


def _check_keys(source: TenantSource, codes: dict[str, str]) -> list[ConfigError]:
    """The keys of other files are pressed, so what is only dialled is not in their way."""
    pressed = {what: code for what, code in codes.items() if what not in get_args(CodePurpose)}
    consent, marketing = source.consent, source.marketing
    key = consent.model.withdraw_key if consent is not None else None
    problems = list[ConfigError]()
    if consent is not None and key is not None:
        problems += _clash(consent.document, "withdraw_key", key, pressed)
        pressed[WITHDRAWS] = key
    if marketing is None:
        return [*problems, *_check_default(source, pressed)]
    if marketing.model.opt_out_key is not None:
        problems += _clash(marketing.document, "opt_out_key", marketing.model.opt_out_key, pressed)
    return problems


def _check_default(source: TenantSource, pressed: dict[str, str]) -> list[ConfigError]:
    """Without `marketing.yaml` its key is there nevertheless: whatever is in its way says so."""
    clash = next((what for what, code in pressed.items() if _hides(OPT_OUT_KEY, code)), None)
    if clash is None or source.dialplan is None:
        return []
    said = _said(pressed[clash], OPTS_OUT, OPT_OUT_KEY)
    if clash == WITHDRAWS and source.consent is not None:
        return [source.consent.document.error(("withdraw_key",), said, REMEDY)]
    return [source.dialplan.document.error(("codes", clash), said, REMEDY)]


def _clash(document: Document, name: str, key: str, codes: dict[str, str]) -> list[ConfigError]:
    what = next((what for what, code in codes.items() if _hides(key, code)), None)
    return [] if what is None else [document.error((name,), _said(key, what, codes[what]), REMEDY)]


def _hides(code: str, other: str) -> bool:
    return code.startswith(other) or other.startswith(code)


def _said(code: str, what: str, other: str) -> str:
    if code == other:
        return f"{code} is the code of {what} already"
    return f"{code} {'begins with' if code.startswith(other) else 'is the beginning of'} {other} ({what})"
