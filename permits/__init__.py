"""What a permit is: its types (data), its number, its life."""
