"""RTP, tones, prompts, digits: pure parts here, the worker process in pbx.media.io."""
