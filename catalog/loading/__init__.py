"""How rows of data files become products: reading, checking, storing. ``catalog.loader`` runs it."""
