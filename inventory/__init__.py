"""Stores, and the stock they hold."""
