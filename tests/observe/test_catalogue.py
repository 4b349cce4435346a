"""The catalogue keeps to the conventions of Prometheus, and the page of the documentation keeps to it."""

import re
from pathlib import Path

import pytest
import yaml

from pbx.config.metrics import MetricsSettings
from pbx.observe.catalogue import ALL
from pbx.observe.metric import Metric

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
UNITS = ("_seconds", "_ratio", "_mos")
KINDS = {"direction", "cause", "reason", "peer", "kind", "outcome", "state"}
BOUNDED = frozenset(
    {"tenant", "trunk", "worker", "spool", "alarm", "schedule", "queue", "dependency"} | KINDS
)


def by_name(metric: Metric) -> str:
    """What a failed test shows."""
    return metric.name


@pytest.mark.parametrize("metric", ALL, ids=by_name)
def test_names(metric: Metric) -> None:
    assert re.fullmatch(r"pbx_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") is (metric.kind == "counter")
    assert bool(metric.bounds) is (metric.kind == "histogram")
    if metric.kind == "histogram":
        assert metric.name.endswith(UNITS)
        assert list(metric.bounds) == sorted(set(metric.bounds))


@pytest.mark.parametrize("metric", ALL, ids=by_name)
def test_help_is_a_sentence(metric: Metric) -> None:
    assert metric.help[0].isupper() or metric.help[0].isdigit()
    assert metric.help.endswith(".")
    assert "\n" not in metric.help


@pytest.mark.requirement("V-07")
@pytest.mark.parametrize("metric", ALL, ids=by_name)
def test_labels_have_few_values(metric: Metric) -> None:
    """Nothing that belongs to one call, one caller or one address."""
    assert set(metric.labels) <= BOUNDED
    assert not metric.values or len(metric.labels) == 1


def test_each_is_there_once() -> None:
    assert len({metric.name for metric in ALL}) == len(ALL) > 40


def test_the_page_lists_them_all() -> None:
    """The tables say of each: kind, labels, and the sentence of its HELP."""
    rows = re.findall(r"^\| `(pbx_\w+)` \| (\w+) \| (.*?) \| (.*) \|$", PAGE.read_text(), re.M)
    assert rows == [
        (metric.name, metric.kind, ", ".join(f"`{label}`" for label in metric.labels) or "-", metric.help)
        for metric in ALL
    ]


def test_the_rules_of_the_page_name_what_there_is() -> None:
    known = {metric.name for metric in ALL}
    named = set(re.findall(r"\bpbx_[a-z_]+", PAGE.read_text()))
    bare = {re.sub(r"_(bucket|count|sum)$", "", name) for name in named}
    assert bare <= known


def test_what_the_page_has_to_be_copied_is_yaml() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    read = [yaml.safe_load(block) for block in blocks]
    assert [next(iter(one)) for one in read] == ["metrics", "metrics", "scrape_configs", "groups"]
    for one in read[:2]:
        MetricsSettings.model_validate(one["metrics"])
    rules = read[-1]["groups"][0]["rules"]
    assert all(re.search(r"\bpbx_", rule["expr"]) for rule in rules)
    assert all(rule["expr"].count("(") == rule["expr"].count(")") for rule in rules)
