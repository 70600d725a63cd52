"""What every page of every app shares: request ids, templates, formats, the debug view, health."""
