"""The regions that the demo serves: the home region in full, each other by a web server and replication of its own."""

from dataclasses import dataclass

from django.conf import settings

from redismart.redis.topology import LOOPBACK

LINES = ("web", "live", "replication", "optimiser", "beat")
"""The lines of the Procfile that every region runs; the others are for the shop as a whole."""


@dataclass(frozen=True, slots=True)
class Region:
    """One region and the ports of its web server and its live process."""

    name: str
    port: int
    live_port: int
    is_home: bool

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def web_workers(self) -> int:
        """One is enough to look at a further region; the machine has the home region's to run as well."""
        return int(settings.WEB_WORKERS) if self.is_home else 1

    def line(self, name: str) -> str:
        """What a line of the Procfile is called here."""
        return name if self.is_home else f"{name}-{self.name}"


def served() -> list[Region]:
    """This process's region, and every other on the ports that follow."""
    others = [name for name in settings.REGIONS if name != settings.REGION]
    names = [settings.REGION, *others]
    return [
        Region(name, settings.WEB_PORT + offset, settings.LIVE_PORT + offset, offset == 0)
        for offset, name in enumerate(names)
    ]
