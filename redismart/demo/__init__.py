"""The whole shop on one machine with one command: Redis nodes, set-up, web server, workers, schedule."""
