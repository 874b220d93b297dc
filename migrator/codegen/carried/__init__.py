"""The team's own code: cut out, edited where it must be, and put where the project has it."""
