"""How people and programs reach Sahih: the only room that wires adapters."""
