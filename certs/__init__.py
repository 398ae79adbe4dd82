"""Who signs, whom we trust, what time it is."""
