"""Where something was seen: one origin a file."""
