"""The Celery application: work behind the pages, on named queues."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "redismart.settings")

# It warns of root because pickles could run code; tasks here are JSON, as Celery has it unless told otherwise.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("redismart", task_cls="redismart.patience:PatientTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logs(**_signal: object) -> None:
    """Celery leaves logging alone when this signal has a receiver; Django has set it up."""


@worker_process_init.connect
def drop_inherited_connections(**_signal: object) -> None:
    """A forked worker must not share sockets with its parent."""
    from redismart.redis import connections

    connections.close()
