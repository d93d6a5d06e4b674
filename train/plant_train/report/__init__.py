"""What a training came to, as one page for a person."""
