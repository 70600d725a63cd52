"""Past loads in the admin, each with the rows that were rejected and why. Nothing can be changed."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog import load_records
from catalog.load_records import MOST_PROBLEMS, LoadRecord
from redismart.backoffice.filters import ChoiceFilter
from redismart.backoffice.standins import StandIn
from redismart.backoffice.whole import Whole


class HowItEnded(ChoiceFilter):
    title = "rejected rows"
    names = ("rejected",)

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("some", "Some"), ("none", "None")]


class LoadAdmin(Whole):
    document = LoadRecord
    key_field = "load_id"
    shown = (
        *("load_id", "command", "files", "began", "ended", "outcome"),
        *("created", "updated", "unchanged", "rejected", "notes", "report"),
    )
    columns = ("began_at", "what", "made", "changed", "same", "refused", "how_ended")
    exported = shown
    actions = ("export_chosen",)
    list_filter = (HowItEnded,)
    search_help_text = "A part of a file's name"
    change_form_template = "admin/catalog/load.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The oldest go by themselves."""
        del request, obj
        return False

    def all_rows(self, text: str, filters: Sequence[Any]) -> Iterable[StandIn]:
        wanted = filters[0].chosen if filters else ""
        for record in load_records.latest():
            fits = {"some": record.rejected > 0, "none": not record.rejected}.get(wanted, True)
            if fits and text.casefold() in " ".join(record.files).casefold():
                yield self.model.of(record, pk=record.load_id)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        answer = super().changeform_view(request, object_id, form_url, extra_context)
        told = getattr(answer, "context_data", None) or {}
        if (row := told.get("original")) is not None:
            told |= {"problems": load_records.problems(load_id=row.pk), "most": MOST_PROBLEMS}
        return answer

    @admin.display(description="began")
    def began_at(self, row: Any) -> Any:
        return row.began

    @admin.display(description="files")
    def what(self, row: Any) -> str:
        return ", ".join(row.files)

    @admin.display(description="created")
    def made(self, row: Any) -> int:
        return int(row.created)

    @admin.display(description="updated")
    def changed(self, row: Any) -> int:
        return int(row.updated)

    @admin.display(description="unchanged")
    def same(self, row: Any) -> int:
        return int(row.unchanged)

    @admin.display(description="rejected")
    def refused(self, row: Any) -> int:
        return int(row.rejected)

    @admin.display(description="outcome")
    def how_ended(self, row: Any) -> str:
        return str(row.outcome) or "running, or killed"
