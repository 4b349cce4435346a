"""Who vouches for a calling number: PASSporTs, their certificates, the verdict (STIR and SHAKEN)."""
