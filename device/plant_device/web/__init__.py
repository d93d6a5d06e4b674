"""The page for a phone and the API behind it, in a process of their own."""
