"""Plans on the disk: taken as they are, frozen, compared."""
