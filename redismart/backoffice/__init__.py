"""Redis documents in the real Django admin: lists from RediSearch, forms from pydantic fields, writes by operations."""
