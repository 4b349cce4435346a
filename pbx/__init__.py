"""Cloud PBX call-handling engine: SIP, media, flows, consent, recording, caller verification."""

__version__ = "0.1.0"
