"""Steps of flows that other packages add."""
