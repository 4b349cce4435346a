"""What the PBX counts of itself, and how a monitoring system reads it."""
