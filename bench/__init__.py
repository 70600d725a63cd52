"""The benchmark: every page of the shop beside the same bare Redis commands, in the same run. ``make bench``."""
