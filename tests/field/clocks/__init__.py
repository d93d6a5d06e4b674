"""Clocks that jump, below a service that keeps records."""
