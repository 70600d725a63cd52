"""``tests.where_to_shop`` as a web server runs it."""

from django.conf import settings

from redismart.wsgi import application

settings.ROOT_URLCONF = "tests.where_to_shop"

__all__ = ["application"]
