"""Particle filters: the figures of a record, the likelihood on the kernel, and small models."""
