"""The rules of a language as read from its table: how numerals are made, and the shapes of dates and sums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pbx.phrases.template import Item, parse

MAX_NUMBER = 10**15 - 1  # all that the tables have words for
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """For numbers from `base` on: the quotient and the remainder by `by`; `even` where none remains."""

    base: int
    by: int
    say: tuple[Item, ...]
    even: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumeralSet:
    """One way of saying whole numbers up to `most`: words for some, rules for the others."""

    words: Mapping[int, str]
    rules: tuple[Rule, ...]  # the largest base first
    most: int = MAX_NUMBER

    def rule(self, number: int) -> Rule | None:
        """Return the rule for a number; None = it cannot be said."""
        return next((rule for rule in self.rules if rule.base <= number <= self.most), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A shape of a phrase, if each of the values lies in its span."""

    spans: Mapping[str, Span]
    say: tuple[Item, ...]

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the shape is for these values."""
        return all(
            isinstance(value := values.get(name), int) and low <= value <= high
            for name, (low, high) in self.spans.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """What is counted: its gender, and its forms by the number that stands before it."""

    gender: str
    forms: Mapping[str, str]  # `one`, `other`, and `many` where whole millions are special


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A unit, and its hundredth, which some have not."""

    major: Noun
    minor: Noun | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """All that is known of one language."""

    tag: str
    sets: Mapping[str, NumeralSet]
    shapes: Mapping[str, tuple[Case, ...]]
    counting: Mapping[str, str]  # by gender, the numerals that stand before a noun
    ordinals: Mapping[str, str]
    plural: tuple[tuple[str, Case], ...]
    nouns: Mapping[str, Noun]
    currencies: Mapping[str, Currency]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]  # Monday first (ISO 8601)
    signs: Mapping[str, str]
    clock: str  # `12` or `24`
    pairs: bool = False  # telephone numbers are read two digits at a time

    @classmethod
    def read(cls, tag: str, tree: Mapping[str, Any]) -> Self:
        """Return the language of a table; ValueError or KeyError when it is badly written."""
        return cls(
            tag=tag,
            sets={name: _set(name, tree["sets"]) for name in tree["sets"]},
            shapes={name: tuple(_case(one) for one in cases) for name, cases in tree["shapes"].items()},
            counting=dict(tree["counting"]),
            ordinals=dict(tree["ordinals"]),
            plural=tuple((one["is"], _case({"if": one["if"], "say": ""})) for one in tree["plural"]),
            nouns={name: _noun(one) for name, one in tree["nouns"].items()},
            currencies={code: _currency(one) for code, one in tree["currencies"].items()},
            months=_listed(tree["months"], 12),
            weekdays=_listed(tree["weekdays"], 7),
            signs={str(sign): word for sign, word in tree["signs"].items()},
            clock=str(tree["clock"]),
            pairs=tree.get("telephone") == "pairs",
        )


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with what another one, that is like it, says otherwise."""
    whole = dict(below)
    for key, value in above.items():
        old = whole.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        whole[key] = merged(old, value) if both else value  # type: ignore[arg-type]
    return whole


def _set(name: str, tree: Mapping[str, Any]) -> NumeralSet:
    words: dict[int, str] = {}
    rules: dict[int, Rule] = {}
    most = MAX_NUMBER
    for one in reversed(_ancestry(name, tree)):
        written = tree[one].get("words", {})
        words |= dict(enumerate(written)) if isinstance(written, list) else dict(written)
        made = [_rule(key, value) for key, value in tree[one].get("rules", {}).items()]
        rules |= {rule.base: rule for rule in made}
        most = min(most, tree[one].get("most", MAX_NUMBER))
    return NumeralSet(
        words=words, rules=tuple(rules[base] for base in sorted(rules, reverse=True)), most=most
    )


def _ancestry(name: str, tree: Mapping[str, Any]) -> list[str]:
    line = [name]
    while (parent := tree[line[-1]].get("like")) is not None:
        if parent in line:
            raise ValueError(f"{name} is like itself")
        line.append(parent)
    return line


def _rule(key: int | str, value: str | Mapping[str, str]) -> Rule:
    base, _, by = str(key).partition("/")
    say = value if isinstance(value, str) else value["say"]
    items = parse(say)
    even = (
        tuple(one for one in items if not one.left_over) if isinstance(value, str) else parse(value["even"])
    )
    return Rule(int(base), int(by) if by else 10 ** (len(base) - 1), items, even)


def _case(written: str | Mapping[str, Any]) -> Case:
    if isinstance(written, str):
        return Case(spans={}, say=parse(written))
    return Case(spans={name: _span(one) for name, one in written["if"].items()}, say=parse(written["say"]))


def _span(written: int | str) -> Span:
    low, dash, high = str(written).partition("-")
    return (int(low), int(high) if high else MAX_NUMBER) if dash else (int(low), int(low))


def _noun(written: Mapping[str, str]) -> Noun:
    forms = {name: text for name, text in written.items() if name in ("one", "other", "many")}
    return Noun(gender=written["gender"], forms={"one": forms["one"], "other": forms["other"], **forms})


def _currency(written: Mapping[str, Any]) -> Currency:
    minor = written.get("minor")
    return Currency(major=_noun(written), minor=_noun(minor) if minor is not None else None)


def _listed(names: list[str], n_names: int) -> tuple[str, ...]:
    if len(names) != n_names:
        raise ValueError(f"{len(names)} names instead of {n_names}")
    return tuple(names)
