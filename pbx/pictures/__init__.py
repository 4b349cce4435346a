"""Pictures of flows: what leads where, for the terminal, as SVG and as pages."""
