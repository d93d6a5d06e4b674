"""Disks that are full, slow, or fail, below a service that keeps records on them."""
