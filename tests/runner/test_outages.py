"""What calls had to do without."""

import pytest

from pbx.call.events import CodeHandled, PromptsMissing, PromptsReady
from pbx.core.dependency import Dependency
from pbx.core.ids import CallId, Token
from pbx.runner.outages import FAILURES, WATCHED, Outages
from pbx.sip.locate.events import DnsAnswered

CALL = CallId("c")
FAILED = {
    Dependency.DNS: DnsAnswered(name="carrier.example", type="A", failed=True),
    Dependency.SPEECH: PromptsMissing(call=CALL, token=Token(1), reason="there is no welcome"),
    Dependency.CODES: CodeHandled(call=CALL, reason="failed"),
}
ANSWERED = {
    Dependency.DNS: DnsAnswered(name="carrier.example", type="A"),
    Dependency.SPEECH: PromptsReady(call=CALL, token=Token(1), sources=(), sha256=""),
    Dependency.CODES: CodeHandled(call=CALL, reason=None),
}


@pytest.mark.requirement("F-34")
@pytest.mark.requirement("F-41")
@pytest.mark.parametrize("dependency", FAILED)
def test_some_failures_in_a_row_are_an_outage_and_one_answer_ends_it(dependency: Dependency) -> None:
    outages = Outages()
    for _ in range(FAILURES - 1):
        outages.take(FAILED[dependency])
    outages.take(ANSWERED[dependency])
    for _ in range(FAILURES - 1):
        outages.take(FAILED[dependency])
    assert not any(outages.alarms.values())
    outages.take(FAILED[dependency])
    assert [one for one, text in outages.alarms.items() if text] == [dependency]
    assert outages.without == dict.fromkeys(WATCHED, 0) | {dependency: 2 * FAILURES - 1}
    outages.take(ANSWERED[dependency])
    assert not any(outages.alarms.values())


@pytest.mark.requirement("F-40")
def test_servers_of_customers_are_named_by_their_tenant() -> None:
    outages = Outages()
    for _ in range(FAILURES):
        outages.customers("acme", False)
    assert outages.alarms[Dependency.CUSTOMERS] == "servers of acme do not answer"
    outages.customers("acme", True)
    assert outages.alarms[Dependency.CUSTOMERS] == ""


def test_a_customer_who_may_not_have_a_code_is_no_outage() -> None:
    outages = Outages()
    for _ in range(FAILURES):
        outages.take(CodeHandled(call=CALL, reason="often"))
    assert not any(outages.alarms.values()) and not any(outages.without.values())
