"""Layer 0: clock, ids, timers, errors, phone numbers, secrets, audit facts. No I/O outside pbx.core.io."""
