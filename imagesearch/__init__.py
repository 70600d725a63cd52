"""Finding products by a photo."""
