"""What image search gives to templates.

``{{ similar(sku) }}``: a shelf that is fetched when somebody comes near it, so that no product page waits for it;
without scripts it is a link. ``missed_photos`` names the template of what photos did not find.
"""

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context
from markupsafe import Markup
from redis.exceptions import RedisError

from imagesearch.missed import Missed, most_missed


class ImageSearchTemplating(Extension):
    """Adds ``similar`` to the shop's Jinja2 environment."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(similar=similar, photos_in_vain=photos_in_vain, missed_photos="_missed_photos.html")


@pass_context
def similar(context: Context, sku: str) -> Markup:
    """The place of the shelf of products that look like one."""
    template: Any = context.environment.get_template("_similar_place.html")
    return Markup(template.render(sku=sku))  # noqa: S704 -- rendered by the autoescaping environment


def photos_in_vain(most: int) -> Sequence[Missed]:
    """What was the nearest to photos that found nothing; nothing is known without the node."""
    try:
        return most_missed(most=most)
    except (RedisError, OSError):
        return ()
