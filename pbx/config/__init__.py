"""What an admin writes in YAML, checked, as plain values."""
