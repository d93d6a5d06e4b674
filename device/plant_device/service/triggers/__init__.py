"""What makes the device look: one trigger a file."""
