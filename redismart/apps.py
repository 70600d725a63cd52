"""Sets up what every process needs: logs, Redis connections, system checks."""

from django.apps import AppConfig


class RedisMartConfig(AppConfig):
    name = "redismart"
    verbose_name = "RedisMart"

    def ready(self) -> None:
        from django.conf import settings

        from redismart import checks, logs  # noqa: F401
        from redismart.redis import connections

        logs.configure(settings.LOGGING)
        connections.be_patient(settings.PATIENCE)
        connections.configure(settings.TOPOLOGY)
