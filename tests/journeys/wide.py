"""The shop's web application, to which a few hundred products are what a hundred thousand are to the real one."""

from catalog import counting
from redismart.wsgi import application

__all__ = ["application"]

counting.EXACT_BUDGET = 50
