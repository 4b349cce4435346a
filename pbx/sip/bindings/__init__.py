"""What a registrar knows of each binding: contact, flow, Path, GRUU, limits (RFC 3327, 5626, 5627)."""
