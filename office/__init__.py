"""What the office does, step by step, and who may do it."""
