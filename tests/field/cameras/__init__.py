"""Cameras that fail in every way that can be made here, before a service that runs throughout."""
