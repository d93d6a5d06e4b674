"""The API's paths, one subject a file."""
