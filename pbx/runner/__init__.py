"""Layer 3 of the signalling process: performs effects, feeds events, wakes machines at their deadlines."""
