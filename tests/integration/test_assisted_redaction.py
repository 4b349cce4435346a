"""R-21 while two talk: the tones that tell the agent of keys tell him of no key which it was."""

import numpy as np
import pytest

from tests.integration.eavesdroppers import Tap
from tests.integration.finaliser_site import open_site
from tests.integration.keypad import Clock
from tests.integration.secret_town import PEERS, dealt, town
from tests.integration.tone_classifier import AROUND, Classifier

pytestmark = [pytest.mark.requirement("R-21"), pytest.mark.proof]
CHANCE, MARGIN = 0.1, 0.05
AUDIBLE = 100.0


async def test_who_hears_a_tone_for_each_key_tells_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    """680 digits by tones, events and INFO, to peers that are relayed, translated, transcoded, supervised."""
    rng = np.random.default_rng(21)
    segments, keys = [], []
    async with open_site(tmp_path_factory.mktemp("assisted")) as site, town(site, PEERS) as one:
        one.tells_keys = True
        with Clock([line.caller for line in one.lines]):
            for number, hand in enumerate(dealt(one.lines, rng)):
                await one.enter(number, hand, rng)
        for line in one.lines:
            if not line.is_secret:
                continue
            tap = Tap("peer", line.caller, line.ears["peer"].samples)
            for entry in line.entries:
                try:
                    late = tap.place(entry.marker) - entry.marker_at
                except AssertionError:  # a stalled machine let the voice before it come while he was mute
                    continue
                for press in entry.presses:
                    begins = press.at + late
                    segments.append(tap.samples[max(begins - AROUND, 0) : begins + press.n_samples + AROUND])
                    keys.append(press.key)
    audible = np.mean([bool((np.abs(segment) > AUDIBLE).any()) for segment in segments])
    found = Classifier().scores(segments, keys)
    print(f"{len(keys)} digits, {audible:.2f} with a tone: {found[0]:.3f} by filters, {found[1]:.3f} learnt")
    assert len(keys) > 600, "of 680; the others have no voice before them by which to find them"
    assert audible > 0.5, "the agent does hear tones"
    assert max(found) <= CHANCE + MARGIN
