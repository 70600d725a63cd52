"""RedisMart: an open-source retail shop on Redis."""

import atexit
import gc

from redismart.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"

# Before a process ends, Python looks for garbage among all that it ever loaded: half a second of a core, and nearly two
# with the image model. Where all of the shop is stopped at once, some would not be done before they are killed.
atexit.register(gc.freeze)
