"""Models on the device: the proof that a model computes here what it must."""
