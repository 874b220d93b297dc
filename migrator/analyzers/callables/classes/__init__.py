"""Classes of the team's own, and the objects that code makes of them."""
