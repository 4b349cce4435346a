"""Event packages: subscriptions to what the engine knows, and publications of what phones know."""
