"""Sphinx: PocketSphinx with the model of US English that its wheel brings; the extra `pbx[speech]`."""

import math
from pathlib import Path

import numpy as np
import pocketsphinx
import soxr

from pbx.core.secret import Secret
from pbx.verify.recogniser import RATE, Grammar, Heard, Word, certainty

MODEL_RATE = 16_000  # Hz; nothing above 4 kHz is in it, which the model bears
FASTER = 1.08  # of the second decoding: a mistake seldom survives it
NOT_ZERO = 1e-300
_SILENT = ("<", "[", "+")  # what names of silence and noise begin with


class Sphinx:
    """Two decodings of each utterance; what is behind them is loaded once, in about half a second."""

    def __init__(self) -> None:
        model = Path(pocketsphinx.get_model_path()) / "en-us"
        config = pocketsphinx.Config(
            hmm=str(model / "en-us"),
            dict=str(model / "cmudict-en-us.dict"),
            lm=None,
            samprate=float(MODEL_RATE),
            loglevel="FATAL",  # below, it would write what it hears
        )
        self._decoder = pocketsphinx.Decoder(config)
        self._known: set[str] = set()

    def recognise(self, pcm: bytes, grammar: Grammar) -> Heard:
        """Return the words that both decodings agree on, or those of the first with half the confidence."""
        if grammar.name not in self._known:
            self._decoder.add_jsgf_string(grammar.name, grammar.jsgf)
            self._known.add(grammar.name)
        self._decoder.activate_search(grammar.name)
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        first, second = self._decode(samples, RATE), self._decode(samples, RATE * FASTER)
        words = " ".join(one.word for one in first)
        agrees = [one.word for one in first] == [one.word for one in second]
        return Heard(words=Secret(words), confidence=certainty(first, agrees=agrees))

    def _decode(self, samples: np.ndarray, rate: float) -> list[Word]:
        """Return the words, none where no sentence of the grammar was completed."""
        wide = np.clip(soxr.resample(samples, rate, MODEL_RATE), -1.0, 1.0)
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw((wide * 32767).astype("<i2").tobytes(), False, True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return []
        return [
            Word(
                word=one.word,
                score=math.log(max(one.ascore, NOT_ZERO)),
                n_frames=one.end_frame - one.start_frame + 1,
                posterior=one.prob,
            )
            for one in decoder.seg()
            if not one.word.startswith(_SILENT)
        ]
