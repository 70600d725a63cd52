"""The web application, for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redismart.settings")

application = get_wsgi_application()


def _forget_earlier_metrics() -> None:
    from django.conf import settings

    from redismart.web import metrics

    metrics.forget_dead(settings.METRICS_ROOT)


_forget_earlier_metrics()
