"""What was seen: records in SQLite, pictures as files beside it, safe against power cuts."""
