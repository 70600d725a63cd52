"""What Prometheus is told of the catalogue's pictures, whichever process on whichever machine makes their vectors.

Read from Redis when it is asked for; while a node is away nothing is told, and the rest of the page is.
"""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from catalog import api as catalog
from imagesearch import asides, queries, tally
from imagesearch.pipeline import Phase, Progress
from imagesearch.tally import Tally

MOST_BEHIND = 1_000
"""More products than these are not counted: whoever is told so many knows enough."""


class Pictures(Collector):
    """The pipeline's figures."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = tally.read()
            told = [*_work(found), *_state(found.fingerprint)]
        except (RedisError, OSError):
            return
        yield from told


def _work(found: Tally) -> Iterator[Metric]:
    pictures = CounterMetricFamily(
        "redismart_pictures", "Pictures of products, by what came of them.", labels=["outcome"]
    )
    for outcome, count in found.pictures.items():
        pictures.add_metric([outcome], count)
    yield pictures
    yield CounterMetricFamily(
        "redismart_pictures_seconds", "Seconds that looking at the pictures of products took.", value=found.seconds
    )


def _state(fingerprint: str) -> Iterator[Metric]:
    """Of the model that was last at it: while another is made beside the one in use, that one."""
    progress = Progress.read(fingerprint)
    over = progress is None or progress.phase is not Phase.DONE
    behind = 0 if progress is None else len(catalog.changes(after=progress.position, most=MOST_BEHIND).skus)
    yield _gauge("set_aside_now", "Pictures of which no vector can be made.", asides.count(fingerprint))
    yield _gauge("found", "Pictures that a photo can find.", queries.ready())
    yield _gauge("backlog", f"Changed products still to be looked at, {MOST_BEHIND:,} for all above.", behind)
    yield _gauge("going_over", "1 while every product is being looked at, changed or not.", int(over))


def _gauge(name: str, told: str, value: int) -> Metric:
    return GaugeMetricFamily(f"redismart_pictures_{name}", told, value=value)
