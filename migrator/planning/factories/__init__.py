"""What one loop, function or file made, as one factory."""
