"""The device at work: frames in, decisions out."""
