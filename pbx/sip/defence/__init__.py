"""Defence of the signalling: floods, guessers and scanners are stopped where they cost least."""
