"""Records as others read them: one form a file."""
