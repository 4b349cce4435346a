"""Queues of Asterisk in our words."""

from pbx.importers.house import House
from pbx.importers.queue_lines import LONGEST_S, MAX_MEMBERS, add_queue, wait_at_most


def test_a_queue_and_what_it_says() -> None:
    house, left = House(), list[str]()
    told = {"strategy": "rrmemory", "timeout": "15", "retry": "5", "wrapuptime": "0", "maxlen": "10"}
    name = add_queue(house, "Sales Team", ["1001", "1002", "1001"], told, lambda what, _: left.append(what))
    assert (name, left) == ("sales-team", [])
    assert house.queues[name] == {
        "name": "Sales Team",
        "members": [1001, 1002],
        "strategy": "round_robin",
        "login": "presumed",
        "ring": "15s",
        "retry": "5s",
        "wrap_up": None,
        "max_length": 10,
    }


def test_an_order_that_there_is_not_is_reported() -> None:
    house, left = House(), list[str]()
    add_queue(house, "a", ["1001"], {"strategy": "random"}, lambda what, _: left.append(what))
    assert left == ["strategy=random"] and house.queues["a"]["strategy"] == "longest_idle"


def test_members_have_a_limit() -> None:
    house = House()
    members = [str(1000 + i) for i in range(MAX_MEMBERS + 1)]
    add_queue(house, "a", members, {}, lambda _what, _why: None)
    assert len(house.queues["a"]["members"]) == MAX_MEMBERS


def test_everybody_waits_as_long_in_a_queue() -> None:
    house, left = House(), list[str]()
    name = add_queue(house, "a", ["1001"], {}, lambda _what, _why: None)
    for seconds in ("60", "60", ""):
        wait_at_most(house, name, seconds, lambda what, _: left.append(what))
    assert house.queues[name]["max_wait"] == "60s" and left == [f"{LONGEST_S} s in queue a"]
