"""One definition: every key of the models has its words, every example is right, the sample keeps up."""

import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter

from pbx.config.definition import FILES, file_like, stem
from pbx.config.load import ConfigProblems, load
from pbx.config.meaning import inside, key_of, meaning, meanings, name_of, sections
from pbx.config.step_kinds import STEP_KINDS

REMEDY = "give each key its line in pbx/config/meanings.yaml, then run `make reference`"
README = Path(__file__).parents[2] / "config" / "README.md"
COMMENTED = re.compile(r"^ *# *([a-z_0-9]+):(?: |$)", re.M)


def models() -> set[type[BaseModel]]:
    """Every model of every file."""
    return {section.model for file in FILES.values() for section in sections(file)}


def declared(model: type[BaseModel]) -> dict[str, set[str]]:
    """The keys by the model of ours that has them first, or writes them anew."""
    found: dict[str, set[str]] = {}
    for base in model.__mro__:
        if issubclass(base, BaseModel) and base.__module__.startswith("pbx."):
            parents = [one for one in base.__mro__[1:] if issubclass(one, BaseModel)]
            inherited = {name for one in parents for name in getattr(one, "model_fields", {})}
            anew = vars(base).get("__annotations__", {})
            found[name_of(base)] = {
                key_of(name, field)
                for name, field in base.model_fields.items()
                if name in anew or name not in inherited or name == "root"
            }
    return found


def test_every_key_has_its_words() -> None:
    silent = [
        f"{name_of(model)}.{key_of(name, field)}"
        for model in models()
        for name, field in model.model_fields.items()
        if not meaning(model, name).words
    ]
    assert silent == [], REMEDY


def test_no_words_are_left_over() -> None:
    known: dict[str, set[str]] = {}
    for model in models():
        for name, keys in declared(model).items():
            known.setdefault(name, {"_"}).update(keys)
    left = [
        f"{name}.{key}" for name, keys in meanings().items() for key in keys if key not in known.get(name, ())
    ]
    assert left == [], REMEDY


def test_every_key_that_is_no_section_has_an_example() -> None:
    bare = [
        f"{name_of(model)}.{key_of(name, field)}"
        for model in models()
        for name, field in model.model_fields.items()
        if (meaning(model, name).example is None) != any(True for _ in inside(field.annotation))
    ]
    assert bare == [], REMEDY


def test_every_example_is_right() -> None:
    strict = ConfigDict(strict=True)
    for model in models():
        for name, field in model.model_fields.items():
            example = meaning(model, name).example
            if example is not None:
                kind: Any = field.annotation
                for one in field.metadata:
                    kind = Annotated[kind, one]
                TypeAdapter(kind, config=strict).validate_python(example)  # its error says what is wrong


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read(name: str, folder: Path) -> None:
    where = folder / ("" if name == "pbx.yaml" else "acme") / name.replace("flows/*", "flows/more")
    file = Path(str(where).replace("*", "en-GB"))
    file.write_text("nonsense: [")
    with pytest.raises(ConfigProblems) as problems:
        load(folder)
    assert file.name in {error.file.rpartition("/")[2] for error in problems.value.errors}


def test_a_path_is_one_of_the_files() -> None:
    assert file_like("config/acme/flows/support.yaml") == "flows/*.yaml"
    assert file_like("prompts/en-GB/index.yaml") == "prompts/*/index.yaml"
    assert file_like("dialplan.yaml") == "dialplan.yaml"
    assert file_like("pbx.yml") is None
    assert [
        stem(name) for name in ("pbx.yaml", "flows/*.yaml", "prompts/*/index.yaml", "prompts/*/texts.yaml")
    ] == [
        "pbx",
        "flows",
        "prompts",
        "texts",
    ]


def test_the_page_about_the_sample_names_every_file_and_step() -> None:
    text = README.read_text()
    files = [
        name
        for name in FILES
        if f"`{name.replace('/*/', '/LANGUAGE/').replace('/index.yaml', '/')}`" not in text
    ]
    steps = [step for step in STEP_KINDS if f"`{{{step}: " not in text]
    assert (files, steps) == ([], [])


def test_what_the_sample_has_in_comments_exists() -> None:
    fields = (section.model.model_fields.items() for section in sections(FILES["pbx.yaml"]))
    known = {key_of(name, field) for items in fields for name, field in items}
    said = set(COMMENTED.findall((README.parent / "pbx.yaml").read_text()))
    assert said and said - known == set()
