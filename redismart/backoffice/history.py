"""What staff did, in Django's history, once however often it was pressed."""

from typing import TYPE_CHECKING

from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.http import HttpRequest

from redismart.backoffice.standins import StandIn
from redismart.redis.connections import ShopRedis

if TYPE_CHECKING:
    from redismart.backoffice.admin import DocumentAdmin


def note_once(
    admin: "DocumentAdmin",
    request: HttpRequest,
    row: StandIn,
    *,
    told: str,
    mark: str,
    turn: tuple[ShopRedis, str, int],
) -> None:
    """Note a change of a row under the mark of its form, also when both requests of a double click are at it now.

    ``turn`` are a node, a key there and seconds: for so long only whoever has set the key first writes.
    """
    node, key, seconds = turn
    if not node.set(key, 1, nx=True, ex=seconds):
        return
    marked = f"[{mark}]"
    logged = LogEntry.objects.filter(
        content_type=get_content_type_for_model(row), object_id=row.pk, change_message__contains=marked
    )
    if not logged.exists():
        admin.log_change(request, row, f"{told} {marked}")
