"""Redis for the whole shop: topology, connections, documents, indexes and the debug recorder."""
