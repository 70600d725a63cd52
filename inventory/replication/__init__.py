"""Regions tell each other what they changed."""
