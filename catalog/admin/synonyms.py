"""Groups of synonyms in the admin. What is added works within moments; what is taken out is forgotten a while later."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from catalog import tasks, wording
from catalog.models import SynonymGroup
from redismart.backoffice.forms import DocumentForm
from redismart.backoffice.standins import StandIn
from redismart.backoffice.whole import Whole


class SynonymAdmin(Whole):
    document = SynonymGroup
    key_field = "name"
    shown = ("name", "terms")
    help_texts = {
        "name": "Small letters, digits and hyphens; cannot be changed later.",
        "terms": "One a line, two at least: sofa, then couch. Searching one finds all.",
    }
    columns = ("named", "words")
    exported = ("name", "terms")
    actions = ("delete_chosen", "export_chosen")
    search_help_text = "A part of a name or term"

    def all_rows(self, text: str, filters: Sequence[Any]) -> Iterable[StandIn]:
        del filters
        wanted = text.casefold()
        for group in wording.groups():
            if any(wanted in known.casefold() for known in (group.name, *group.terms)):
                yield self.model.of(group, pk=group.name)

    def store_new(self, form: DocumentForm) -> None:
        wording.add_group(values=form.told())

    def store_change(self, pk: str, form: DocumentForm) -> None:
        wording.change_group(name=pk, fields=form.stamped, since=form.since, values=form.told())
        tasks.order_forgetting()

    def remove(self, pk: str) -> None:
        wording.remove_group(name=pk)
        tasks.order_forgetting()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "GET" and wording.synonyms_are_stale():
            messages.info(request, "Searches still know terms that were taken out: their index is being built anew.")
        return super().changelist_view(request, extra_context)

    @admin.display(description="name")
    def named(self, row: Any) -> str:
        return str(row.name)

    @admin.display(description="terms")
    def words(self, row: Any) -> str:
        return ", ".join(row.terms)
