"""What happened, and where the bytes are, for decades."""
