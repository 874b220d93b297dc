"""Assets: their keys, who makes them, what they depend on."""
