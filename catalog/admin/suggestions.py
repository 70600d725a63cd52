"""The search box's completions in the admin: what shoppers are offered, what they never are, and building them anew."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from pydantic import BaseModel, Field

from catalog import completions, tasks, wording
from redismart.backoffice.actions import Asked, Outcome, Question, bulk_action
from redismart.backoffice.damaged import LONGEST_KEY, is_key
from redismart.backoffice.filters import ChoiceFilter
from redismart.backoffice.forms import DocumentForm
from redismart.backoffice.standins import StandIn
from redismart.backoffice.whole import Whole

BLOCK = Question("Never offer", "Shoppers are not offered them any more, from now on.", "blocked", flag=CHANGE)
UNBLOCK = Question("Offer again", "Shoppers may be offered them again, once completions are built anew.", "unblocked")


class Completion(BaseModel):
    """A text that shoppers are offered, or are not."""

    text: str = Field(min_length=1, max_length=160)
    kind: str = ""
    target: str = ""
    blocked: bool = False


class BlockedChoice(ChoiceFilter):
    title = "what is offered"
    names = ("blocked",)

    @staticmethod
    def values() -> list[tuple[str, str]]:
        return [("no", "Offered"), ("yes", "Never offered")]


class CompletionForm(DocumentForm):
    """A text that is never to be offered."""

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["text"] = " ".join(self.cleaned_data.get("text", "").split())
        return self.cleaned_data


class SuggestionAdmin(Whole):
    document = Completion  # type: ignore[assignment]
    key_field = "text"
    form_base = CompletionForm
    shown = ("text",)
    help_texts = {"text": "A text that shoppers are never to be offered while they type, in any case of letters."}
    columns = ("offered", "kind_of", "leads_to", "is_offered")
    exported = ("text", "kind", "target", "blocked")
    list_display_links = None
    list_filter = (BlockedChoice,)
    actions = ("block", "unblock", "export_chosen")
    search_help_text = "The beginning of what a shopper types"
    change_list_template = "admin/catalog/suggestions.html"

    def all_rows(self, text: str, filters: Sequence[Any]) -> Iterable[StandIn]:
        wanted = filters[0].chosen if filters else ""
        blocked = wording.blocked() if wanted != "no" else []
        for each in blocked:
            if text.casefold() in each:
                yield self.row_for(Completion(text=each, blocked=True))
        for found in completions.beginning(text=text) if wanted != "yes" else []:
            if found.text.casefold() not in blocked:
                target = found.sku or found.category
                yield self.row_for(Completion.model_construct(text=found.text, kind=found.kind, target=target))

    def row_for(self, completion: Completion) -> StandIn:
        row: StandIn = self.model.of(completion, pk=completion.text)
        return row

    def rows_of(self, pks: Sequence[str]) -> list[StandIn]:
        blocked = set(wording.blocked())
        return [self.row_for(Completion.model_construct(text=pk, blocked=pk.casefold() in blocked)) for pk in pks]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> StandIn | None:
        """Any text has a history: who took it away, and when."""
        del request, from_field
        text = object_id if is_key(object_id) else ""
        return self.rows_of([text])[0] if text else None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A text has no page of its own: the list tells of it."""
        del form_url, extra_context
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        query = urlencode({"q": unquote(object_id)[:LONGEST_KEY]})
        return HttpResponseRedirect(f"{reverse('admin:catalog_suggestion_changelist')}?{query}")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_suggestion")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def store_new(self, form: DocumentForm) -> None:
        wording.block(texts=[form.cleaned_data["text"]])
        tasks.order_suggestions()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del post_url_continue
        self.message_user(request, f"{obj.pk!r} is never offered from now on.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:catalog_suggestion_changelist"))

    @bulk_action(BLOCK)
    def block(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        changed = wording.block(texts=pks)
        tasks.order_suggestions()
        return Outcome(changed)

    @bulk_action(UNBLOCK)
    def unblock(self, pks: Sequence[str], asked: Asked) -> Outcome:
        del asked
        changed = wording.unblock(texts=pks)
        tasks.order_suggestions()
        return Outcome(changed)

    def get_urls(self) -> list[URLPattern]:
        rebuild = path("rebuild/", self.admin_site.admin_view(self.rebuild), name="catalog_suggestion_rebuild")
        return [rebuild, *super().get_urls()]

    def rebuild(self, request: HttpRequest) -> HttpResponse:
        """Have the completions built anew, as a press of the list's button asks."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse("Press the button above the list instead.", status=405, headers={"Allow": "POST"})
        if tasks.order_suggestions():
            self.message_user(request, "The completions are being built anew; that takes a minute or so.")
        else:
            self.message_user(request, "No worker can be asked now: it is done within minutes.", messages.WARNING)
        return HttpResponseRedirect(reverse("admin:catalog_suggestion_changelist"))

    @admin.display(description="text")
    def offered(self, row: Any) -> str:
        return str(row.text)

    @admin.display(description="kind")
    def kind_of(self, row: Any) -> str:
        return str(row.kind)

    @admin.display(description="leads to")
    def leads_to(self, row: Any) -> str:
        return str(row.target)

    @admin.display(description="offered", boolean=True)
    def is_offered(self, row: Any) -> bool:
        return not row.blocked
