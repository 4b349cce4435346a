"""What becomes of a recording that is kept: legal holds, retention, erasure, disclosure."""
