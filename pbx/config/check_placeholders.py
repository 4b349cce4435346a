"""What the URL and the parameters of a voice bot name exists, is no secret, and leaves the host alone."""

from urllib.parse import urlsplit

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.core.errors import ConfigError
from pbx.ivr.placeholders import OF_CALL, placeholders
from pbx.ivr.steps import FlowPlan, MediaStream


def check_placeholders(document: Document, plan: FlowPlan) -> list[ConfigError]:
    """Return the mistakes in the media streams of a flow."""
    problems: list[ConfigError] = []
    for name, step in plan.steps.items():
        if not isinstance(step, MediaStream):
            continue
        path: MarkPath = ("steps", name, "media_stream")
        url = step.url.reveal()
        problems += _names(document, (*path, "url"), url, plan)
        problems += _place(document, (*path, "url"), url)
        for key, text in step.parameters.items():
            problems += _names(document, (*path, "parameters", key), text, plan)
    return problems


def _names(document: Document, path: MarkPath, text: str, plan: FlowPlan) -> list[ConfigError]:
    try:
        names = placeholders(text)
    except ValueError as error:
        return [document.error(path, str(error))]
    known = (*OF_CALL, *sorted(plan.open_variables))
    return [
        _secret(document, path, name)
        if name in plan.secret_variables
        else document.error(path, f"there is nothing to fill in for {{{name}}}", did_you_mean(name, known))
        for name in names
        if name not in known
    ]


def _secret(document: Document, path: MarkPath, name: str) -> ConfigError:
    hint = "a bot is not told of it; if it is none, write secret: false in the step that collects it"
    return document.error(path, f"what is collected into {name} is a secret entry", hint)


def _place(document: Document, path: MarkPath, url: str) -> list[ConfigError]:
    """A value is data of the query: in a path two dots would lead to another one."""
    before = url.partition("?")[0]
    if "{" in before or "}" in before:
        host = urlsplit(url).hostname or ""
        part = "host" if "{" in host or "}" in host else "path"
        return [document.error(path, f"the {part} is fixed: values may stand behind the ? only")]
    return []
