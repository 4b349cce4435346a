"""The metrics of queues are those of the catalogue."""

from pbx.observe import queue_metrics
from pbx.observe.catalogue import ALL
from pbx.observe.metric import Metric


def test_they_are_in_the_catalogue() -> None:
    own = [one for one in vars(queue_metrics).values() if isinstance(one, Metric)]
    assert len(own) == 6
    assert all(one in ALL and one.labels[:2] == ("tenant", "queue") for one in own)
