"""Reads files of stores and fulfilment centres."""
