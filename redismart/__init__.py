"""RedisMart: an open-source retail shop on Redis."""

from redismart.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
