"""Variables, params and settings of the environment."""
