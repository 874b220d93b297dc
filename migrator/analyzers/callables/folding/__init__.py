"""What expressions come to, as far as the code alone says it."""
