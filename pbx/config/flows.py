"""A flow as written, step by step, into the plan the flow machine runs."""

from pbx.config.marks import Document
from pbx.config.read import Read, did_you_mean, validate
from pbx.config.schema import FlowFile
from pbx.config.step_kinds import STEP_KINDS
from pbx.core.errors import ConfigError
from pbx.ivr import steps


def build_flow(read: Read[FlowFile]) -> tuple[steps.FlowPlan, list[ConfigError]]:
    """Return the plan of one flow file, or as much of it as is right and the mistakes of its steps."""
    document, flow = read.document, read.model
    built: dict[str, steps.Step] = {}
    errors: list[ConfigError] = []
    for name, written in flow.steps.items():
        step, step_errors = build_step(document, name, written)
        errors += step_errors
        if step is not None:
            built[name] = step
    places = {name: document.place(("steps", name)) for name in built}
    return steps.FlowPlan(name=flow.flow, start=flow.start, steps=built, places=places), errors


def build_step(
    document: Document, name: str, written: dict[str, object]
) -> tuple[steps.Step | None, list[ConfigError]]:
    """Return the step that is written at `steps.NAME`, or what is wrong with it."""
    path = ("steps", name)
    kinds = [key for key in written if key in STEP_KINDS]
    if len(kinds) != 1:
        hints = (did_you_mean(key, STEP_KINDS) for key in written)
        hint = next((hint for hint in hints if hint), f"one of {', '.join(STEP_KINDS)}") if not kinds else ""
        message = f"a step does one thing, not {' and '.join(kinds)}" if kinds else "what does this step do?"
        return None, [document.key_error(path, message, hint)]
    kind = STEP_KINDS[kinds[0]]
    value, errors = validate(document, path, written, kind.written)
    return (kind.build(value) if value is not None else None), errors
