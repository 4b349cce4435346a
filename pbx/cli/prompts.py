"""`pbx prompts`: what flows say, in which language, and how callers hear it."""

import os
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli import prompt_files, prompt_studio
from pbx.cli.output import DONE, REFUSED, Refusal, fields, listing
from pbx.cli.site import CONFIG, AsJson, ConfigDir, TenantName, edited
from pbx.config.sayings import WELL, Saying, sayings
from pbx.config.sources import read_tenant
from pbx.config.voices import voices

app = App(name="prompts", help="What flows say, in which language, and how callers hear it.")
for _command in (
    prompt_files.add,
    prompt_files.say,
    prompt_studio.record,
    prompt_files.show,
    prompt_files.history,
    prompt_files.restore,
    prompt_files.remove,
):
    app.command(_command)
app.command(prompt_files.hear, name="preview")
_COLUMNS = ("language", "heard", "file", "sentence", "text", "where")
Language = Annotated[
    str, Parameter(name="--language", help="One only, such as de-DE; it need not exist yet.")
]


@app.command(name="list")
def list_prompts(
    *,
    language: Language = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """List every sentence of the flows in every language: heard from a recording, a voice, or otherwise."""
    _show(_found(config, tenant, language), as_json=as_json)


@app.command
def missing(
    *,
    language: Language = "",
    tenant: TenantName = "",
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> int:
    """List the sentences that callers of a language do not hear in it; exit code 1 when there are any."""
    lacking = [one for one in _found(config, tenant, language) if one.heard not in WELL]
    _show(lacking, as_json=as_json)
    return REFUSED if lacking else DONE


def _found(config: ConfigDir, name: str, language: str) -> tuple[Saying, ...]:
    if language and prompt_files.LANGUAGE.fullmatch(language) is None:
        raise Refusal(f"--language {language}: expected a language tag such as en-GB")
    place = edited(config)
    tenant, speech = place.tenant(name), place.configuration.pbx.speech
    folder = tenant.prompts.parent
    source, _ = read_tenant(folder, f"{config.absolute().name}/{folder.name}")
    return sayings(source, speech.engine, voices(speech, os.environ), language)


def _show(found: Sequence[Saying], *, as_json: bool) -> None:
    listing([fields(one) if as_json else _row(one) for one in found], _COLUMNS, as_json=as_json)


def _row(one: Saying) -> dict[str, object]:
    """For the eye: words only where they are others than the sentence."""
    text = one.text if one.text != one.sentence else ""
    return {**fields(one), "text": text, "where": ", ".join(one.where)}
