"""Tells open boards of changes as they happen: one process per region, which reads once for all of them."""
