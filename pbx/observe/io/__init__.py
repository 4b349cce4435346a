"""The page of metrics: its text, and the server that shows it."""
