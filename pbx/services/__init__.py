"""Services on top of the protocols: ringing, voicemail."""
