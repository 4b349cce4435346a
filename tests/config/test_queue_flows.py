"""What the queues of the sample add to its flows and to its dial plan."""

from pbx.config.load import load
from pbx.config.queue_flows import queue_flows, queue_rules
from pbx.config.queues import flow_name
from tests.config.conftest import SAMPLE


def test_a_number_leads_into_a_queue_as_into_a_flow() -> None:
    acme = load(SAMPLE).tenants["acme"]
    assert flow_name("service") in acme.flows
    (rule,) = [room for room in acme.rules.rooms if room.flow == "queue/service"]
    assert rule.number == "8600" and rule.place.startswith("config/acme/queues.yaml:")


def test_without_a_file_there_is_nothing() -> None:
    assert (queue_flows(None), queue_rules(None)) == ({}, ())
