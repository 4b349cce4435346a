"""`pbx config`: what may stand in the files of a configuration, for editors and for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pbx.cli.output import Refusal
from pbx.config.definition import FILES, file_like, stem
from pbx.config.json_schema import schema_of
from pbx.config.read import did_you_mean
from pbx.config.reference import page, pages

app = App(name="config", help="What may stand in the files of a configuration.")
FileName = Annotated[str, Parameter(name="--file", help="One file, such as dialplan.yaml.")]
Out = Annotated[Path | None, Parameter(name="--out", help="Write a file for each into this folder.")]


@app.command
def schema(*, file: FileName = "", out: Out = None) -> None:
    """Print the JSON Schema of a file, or of all by their names, for an editor that completes and checks."""
    names = [_named(file)] if file else list(FILES)
    made = {name: schema_of(name) for name in names}
    if out is not None:
        _write(out, {f"{stem(name)}.schema.json": _pretty(one) for name, one in made.items()})
        return
    print(_pretty(made[names[0]] if file else made), end="")


@app.command
def reference(*, file: FileName = "", out: Out = None) -> None:
    """Print the reference of a file, or of all: each key with type, default, meaning and example."""
    if out is not None:
        _write(out, {f"{stem(_named(file))}.md": page(_named(file))} if file else pages())
        return
    print(page(_named(file)) if file else "\n".join(map(page, FILES)), end="")


def _named(file: str) -> str:
    """The file of the definition that a name or a path means; Refusal when it is none."""
    found = file_like(file)
    if found is None:
        hint = did_you_mean(file, FILES) or f"there is {', '.join(FILES)}"
        raise Refusal(f"--file {file}: no such file of a configuration ({hint})")
    return found


def _pretty(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    print(f"{len(texts)} files in {folder}")
