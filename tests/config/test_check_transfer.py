"""Transfers that lead nowhere, or round in a circle."""

import pytest

from tests.config.conftest import Spoil

SUPPORT = "acme/flows/support.yaml"
AGENTS = "agents: {ring: group/support, for: 25s, no_answer: message, busy: message}"


@pytest.mark.parametrize(
    ("transfer", "says"),
    [
        ("extension/1009, failed: message", "steps.agents.transfer: there is no extension/1009"),
        ("{to: extension/1009}, failed: message", "steps.agents.transfer.to: there is no extension/1009"),
        ("flow/ehco", "steps.agents.transfer: there is no flow/ehco (did you mean flow/echo?)"),
        ("{number: 999, account: 1001}, failed: message", "transfer.number: 999 is an emergency number"),
        (
            "{number: 01632 960999, account: 1009}, failed: message",
            "transfer.account: there is no extension 1009",
        ),
    ],
)
def test_where_it_is_said(spoil: Spoil, transfer: str, says: str) -> None:
    lines = spoil(SUPPORT, AGENTS, f"agents: {{transfer: {transfer}}}")
    assert any(says in line for line in lines), lines


def test_a_transfer_uses_the_flow_that_it_leads_to(spoil: Spoil) -> None:
    lines = spoil(SUPPORT, AGENTS, "agents: {transfer: flow/echo}")
    assert not any("no number leads to the flow echo" in line for line in lines)


def test_flows_that_send_a_caller_to_each_other(spoil: Spoil) -> None:
    echo = 'echo: {echo: "You will now hear your own voice. Hang up to end the test."}'
    lines = spoil("acme/flows/echo.yaml", echo, "echo: {go_to: on}\n  on: {transfer: flow/echo}")
    assert any("steps.on.transfer: the caller comes back to on for ever" in line for line in lines), lines
