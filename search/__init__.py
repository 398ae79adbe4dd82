"""Which permits match: rebuildable, never the truth."""
