"""The shop that the journeys visit: the real web server, and a catalogue made of the demo's products."""

import os
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from urllib.error import URLError

from django.conf import settings
from django.core.management import call_command
from honcho.environ import parse_procfile
from PIL import Image

from catalog import operations, pictures
from catalog.models import Category, Picture, Product, Review
from tests.redis_nodes import ROOT, foreign

DEMO = ROOT / "catalog" / "demo"
APPLICATION = "redismart.wsgi:application"
START_SECONDS = 120.0
STOP_SECONDS = 120.0
HOSTILE_SKU = 'A/B ? #%&"<b>x</b>'
GALLERY = ("tomato", "gold", "teal")


class ShopNotStartedError(RuntimeError):
    """The web server did not answer in time."""


@contextmanager
def serving(*, log: Path, application: str = APPLICATION, port: int = settings.WEB_PORT) -> Iterator[str]:
    """The shop's address while its web server runs, with static files as in production."""
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    # In a process of its own: settings that other tests have overridden here are not the server's.
    subprocess.run(collect, cwd=ROOT, env=_environment(), check=True)
    with _serving(port, _environment(), log, application) as address:
        yield address


@contextmanager
def serving_region(region: str, *, port: int, live_port: int, log: Path) -> Iterator[str]:
    """The shop's address in another region, beside the first."""
    where = {"REDISMART_REGION": region, "REDISMART_PORT": str(port), "REDISMART_LIVE_PORT": str(live_port)}
    with _serving(port, _environment() | where, log) as address:
        yield address


@contextmanager
def _serving(port: int, environment: dict[str, str], log: Path, application: str = APPLICATION) -> Iterator[str]:
    with log.open("w") as output:
        server = subprocess.Popen(_command(application, port), cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            yield _awaited(f"http://127.0.0.1:{port}", server, log)
        finally:
            server.terminate()
            server.wait(timeout=STOP_SECONDS)


@contextmanager
def working(*, log: Path, process: str = "counts") -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker on the tests' nodes, as the Procfile starts it, until the block ends."""
    with log.open("w") as output:
        worker = subprocess.Popen(_worker_command(process), cwd=ROOT, env=_environment(), stdout=output, stderr=output)
        try:
            yield worker
        finally:
            # Ends its child processes itself, once they are done with what they have at hand.
            worker.terminate()
            worker.wait(timeout=STOP_SECONDS)


def load_catalogue() -> None:
    """The demo's products, and one with three pictures and as much markup as it can carry, in empty Redis nodes."""
    operations.save_categories(categories=[Category.at(("Trials",)), Category.at(("Trials", "Lanterns"))])
    operations.save_products(products=[_hostile_product()])
    operations.save_reviews(reviews=_reviews())
    call_command("load_catalog", DEMO / "products.jsonl", verbosity=0)


def _hostile_product() -> Product:
    """Saved past the loader, which would clean it."""
    return Product(
        sku=HOSTILE_SKU,
        name="Trial <i>Lantern</i> & Co",
        brand='O\'Neil "& Sons" <b>',
        categories=("Trials", "Lanterns"),
        price=Decimal("19.50"),
        list_price=Decimal("39.00"),
        currency="USD",
        rating=3.5,
        rating_count=12,
        description="</script><script>document.title = 'broken'</script>\n\nA second paragraph.",
        attributes={"Colour": "Tomato", "Foldable": True},
        pictures=tuple(map(_picture, GALLERY)),
    )


def _picture(colour: str) -> Picture:
    drawn = BytesIO()
    Image.new("RGB", (1200, 900), colour).save(drawn, "PNG")
    stored = pictures.store(drawn.getvalue(), folder=settings.MEDIA_ROOT)
    return Picture(name=stored.name, width=stored.width, height=stored.height, alt=f"The lantern in {colour}")


def _reviews() -> list[Review]:
    bright = Review(
        review_id="trial:1", sku=HOSTILE_SKU, author="Ada", stars=5, title="Bright", text="Lights the whole yard."
    )
    wobbly = Review(review_id="trial:2", sku=HOSTILE_SKU, author="<b>Bo</b>", stars=2, text="Falls over in wind.")
    return [bright, wobbly]


def _command(application: str, port: int) -> list[str]:
    address = ["--host", "127.0.0.1", "--port", str(port)]
    quiet = ["--workers", "1", "--log-level", "warning"]
    return [sys.executable, "-m", "granian", "--interface", "wsgi", *address, *quiet, application]


def _worker_command(process: str) -> list[str]:
    """The line of the Procfile for a worker, without the wait for Redis before it."""
    line = parse_procfile((ROOT / "Procfile").read_text()).processes[process]
    program, *options = shlex.split(line.partition("exec ")[2])
    return [sys.executable if program == "python" else program, *options]


def _environment() -> dict[str, str]:
    """This process's own settings, whatever other tests have put beside them."""
    own = {name: value for name, value in os.environ.items() if not foreign(name)}
    return own | {"REDISMART_DEBUG_VIEW": "1", "REDISMART_LOG_LEVEL": "ERROR"}


def _awaited(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=10).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return address
    raise ShopNotStartedError(f"No answer from {address}. The web server said:\n{log.read_text()[-3000:]}")
