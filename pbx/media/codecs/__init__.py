"""Encoders and decoders between payloads and PCM16: one file per encoding, one table of all."""
