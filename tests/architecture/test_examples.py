"""Fenced examples of the documents can be read in the language that they name."""

import json
import re
import tomllib
from pathlib import Path

import yaml

from tests.architecture.test_docs import documents

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.M | re.S)


def examples(text: str) -> list[tuple[str, str]]:
    """Return language and content of every fence; "" = it names no language."""
    return [(str(language), str(content)) for _, language, content in FENCE.findall(text)]


def fault(language: str, content: str) -> str:
    """Return why an example cannot be read in its language; empty when it can."""
    try:
        if language == "yaml":
            list(yaml.safe_load_all(content))
        elif language == "json":
            json.loads(content)
        elif language == "toml":
            tomllib.loads(content)
        elif language == "python":
            compile(content, "example", "exec")
    except (yaml.YAMLError, ValueError, SyntaxError) as error:
        return str(error)
    return ""


def test_every_example_can_be_read(root: Path) -> None:
    """Syntax alone: keys are asked for in test_yaml_examples.py, commands in test_command_examples.py."""
    faults = [
        f"{page.relative_to(root)}: {why}"
        for page in documents(root)
        for language, content in examples(page.read_text())
        if (why := fault(language, content))
    ]
    assert faults == []


def test_examples_are_found_and_faults_told() -> None:
    found = examples("```yaml\na: [1\n```\n\n```\nplain\n```\n```json\n{}\n```\n")
    assert [(language, bool(fault(language, content))) for language, content in found] == [
        ("yaml", True),
        ("", False),
        ("json", False),
    ]
    assert fault("python", "def (") and not fault("python", "a = 1\n")
