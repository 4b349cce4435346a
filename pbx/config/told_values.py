"""What steps tell programs has a name that is known, and no secret is told unless that is written down."""

from collections.abc import Collection, Iterator

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.core.errors import ConfigError
from pbx.ivr.placeholders import OF_CALL
from pbx.ivr.steps import FlowPlan

_SECRET = "name it in send_secret, if the server may know it, or write secret: false where it is collected"  # noqa: S105


def unknown_values(
    document: Document, path: MarkPath, names: Collection[str], allowed: tuple[FlowPlan, Collection[str]]
) -> Iterator[ConfigError]:
    """Return what names nothing that may be told; `allowed` = the flow, and which of its secrets."""
    plan, secrets = allowed
    known = (*OF_CALL, *sorted(plan.open_variables), *secrets)
    for name in names:
        if name in plan.secret_variables and name not in secrets:
            hint = _SECRET if path[-1] != "path" else "a URL stands in logs: tell it in the body"
            yield document.error(path, f"what is collected into {name} is a secret entry", hint)
        elif name not in known:
            yield document.error(
                path, f"there is nothing to fill in for {{{name}}}", did_you_mean(name, known)
            )
