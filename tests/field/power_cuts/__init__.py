"""The power goes while the device works: what is there afterwards."""
