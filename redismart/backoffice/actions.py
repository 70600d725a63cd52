"""Actions on many documents: chosen ones or all that a list finds, after a question, in batches, told and logged.

An action may be cut short by its time or by a machine that dies. What is done is done and in the log, which says of
each document that work on it begins before it does; the question is asked again for the rest, and the same press never
counts twice where an action heeds its ``token``.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.models import CHANGE
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from redismart.backoffice import history
from redismart.backoffice.damaged import is_key
from redismart.redis import scanning
from redismart.redis.clauses import Params
from redismart.redis.editing import BusyError

if TYPE_CHECKING:
    from redismart.backoffice.admin import DocumentAdmin
    from redismart.backoffice.lists import DocumentList

PER_BATCH = 200
PRESS_SECONDS = 15.0
"""One press works no longer: servers and browsers give up on answers that take a minute."""

MOST = 100_000
MOST_CHOSEN = 1_000
NAMES_SHOWN = 20
REFUSALS_SHOWN = 5
AFTER = "after"
CONFIRMED = "confirmed"
EXPECTED = "expected"
PRESS = "press"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did to some documents: those it changed, and those it left with why. The rest needed nothing."""

    changed: Sequence[str] = ()
    refused: Sequence[tuple[str, str]] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome([*self.changed, *other.changed], [*self.refused, *other.refused])


Work = Callable[..., Outcome]


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows an action is for: those chosen, or with none named all that match the list's search and filters."""

    listed: "DocumentList"
    chosen: tuple[str, ...] | None = None

    def filter(self, *, pk__in: Sequence[str]) -> "Selection":
        """As Django narrows a query set to the rows that were chosen."""
        known = (pk for pk in dict.fromkeys(pk__in) if is_key(pk))
        return replace(self, chosen=tuple(islice(known, MOST_CHOSEN)))

    def pks(self) -> list[str]:
        """Primary keys in the order of the Redis keys, ``MOST`` and one at most."""
        if self.chosen is not None:
            return sorted(self.chosen)
        if self.listed.whole is not None:
            return sorted(row.pk for row in self.listed.whole)
        admin, params = self.listed.model_admin, Params()
        clauses = self.listed.clauses(params)
        node, index = admin.node(), admin.index_alias
        found = scanning.keys(node, index=index, clauses=clauses, params=params, most=MOST)
        return sorted(map(admin.pk_of_key, found))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the confirmation was given: the form's values, and the token of this press."""

    request: HttpRequest
    token: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What an action asks before it begins, and how it tells of its end.

    ``done`` follows the number in the message, as in "3 reviews hidden".
    """

    title: str
    asks: str
    done: str
    form: type[forms.Form] | None = None
    flag: int = CHANGE
    harmful: bool = False
    backwards: bool = False
    """Whether it begins with the last primary key, as where what is below another has to go before it."""


def bulk_action(question: Question, *, permissions: Sequence[str] = ("change",)) -> Callable[[Work], Any]:
    """Makes an action of a method ``(self, pks, asked: Asked) -> Outcome`` that works on one batch.

    ``permissions`` are as in ``admin.action``: any of ``has_<name>_permission``.
    """

    def wrap(work: Work) -> Any:
        def action(admin: "DocumentAdmin", request: HttpRequest, selection: Selection) -> HttpResponse | None:
            return Press(admin, request, selection, question, work).answer()

        action.allowed_permissions = permissions  # type: ignore[attr-defined]
        action.short_description = question.title  # type: ignore[attr-defined]
        action.__name__ = work.__name__
        return action

    return wrap


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a button: the first asks, the second does."""

    admin: "DocumentAdmin"
    request: HttpRequest
    selection: Selection
    question: Question
    work: Work

    def answer(self) -> HttpResponse | None:
        """The question, or what came of it; None leads back to the list."""
        pks = self._in_turn(self.selection.pks())
        if len(pks) > MOST:
            self._say(messages.WARNING, f"More than {MOST:,} match: search or filter for fewer. Nothing was done.")
            return None
        if not pks:
            self._say(messages.WARNING, "None of these is there any more. Nothing was done.")
            return None
        form = self._form()
        if self.request.POST.get(CONFIRMED) != "yes" or (form is not None and not form.is_valid()):
            return self._page(pks, form)
        if len(pks) > _number(self.request.POST.get(EXPECTED, "")):
            self._say(messages.WARNING, "More match now than when you were asked. Nothing was done: please look again.")
            return self._page(pks, form)
        return self._do(pks, form)

    def _in_turn(self, pks: list[str]) -> list[str]:
        return pks[::-1] if self.question.backwards else pks

    def _waiting(self, pks: Sequence[str], after: str) -> list[str]:
        """Those that come after the last one that was worked on; all while none was."""
        if not after:
            return list(pks)
        return [pk for pk in pks if (pk < after if self.question.backwards else pk > after)]

    def _form(self) -> forms.Form | None:
        if self.question.form is None:
            return None
        return self.question.form(self.request.POST if self.request.POST.get(CONFIRMED) == "yes" else None)

    def _do(self, pks: Sequence[str], form: forms.Form | None) -> HttpResponse | None:
        asked = Asked(self.request, self._token(), form.cleaned_data if form is not None else {})
        after = self.request.POST.get(AFTER, "")
        waiting = self._waiting(pks, after)
        begun, done, outcome = time.monotonic(), 0, Outcome()
        while done < len(waiting) and (done == 0 or time.monotonic() - begun < PRESS_SECONDS):
            batch = waiting[done : done + PER_BATCH]
            outcome += self._batch(batch, asked)
            done += len(batch)
        self._tell(outcome)
        if done < len(waiting):
            return self._page(pks, form, after=waiting[done - 1], left=len(waiting) - done)
        return None

    def _batch(self, pks: Sequence[str], asked: Asked) -> Outcome:
        """Work on a batch; the log has names, which are read before they may be gone."""
        told = self._told(asked)
        noted = history.begin(self.request, self.admin.rows_of(pks), self.question.flag, title=told)
        try:
            outcome = self.work(self.admin, pks, asked)
        except BusyError as error:
            # The same press again does the rest: of what it has done it does nothing twice. Where all were changed,
            # what follows from them is left to do.
            left = [pk for pk in pks if pk not in set(error.done)] or pks[-1:]
            outcome = Outcome(error.done, [(pk, str(error)) for pk in left])
        history.settle(noted, set(outcome.changed), told)
        return outcome

    def _told(self, asked: Asked) -> str:
        values = ", ".join(f"{name}: {value}" for name, value in asked.values.items() if value not in (None, ""))
        return f"{self.question.title} ({values})" if values else self.question.title

    def _tell(self, outcome: Outcome) -> None:
        count = len(outcome.changed)
        level = messages.SUCCESS if count else messages.INFO
        self._say(level, f"{_counted(self.admin, count)} {self.question.done}.")
        for pk, reason in outcome.refused[:REFUSALS_SHOWN]:
            self._say(messages.WARNING, f"{pk}: {reason}")
        if len(outcome.refused) > REFUSALS_SHOWN:
            more = len(outcome.refused) - REFUSALS_SHOWN
            self._say(messages.WARNING, f"{more:,} more were left as they are for such reasons.")

    def _say(self, level: int, text: str) -> None:
        self.admin.message_user(self.request, text, level)

    def _token(self) -> str:
        """The press's own id: the form brings it, so that pressing twice is one press."""
        try:
            return str(UUID(self.request.POST.get(PRESS, "")))
        except ValueError:
            return str(uuid4())

    def _page(self, pks: Sequence[str], form: forms.Form | None, *, after: str = "", left: int = 0) -> HttpResponse:
        admin, request, question = self.admin, self.request, self.question
        if not admin.has_view_or_change_permission(request):
            raise PermissionDenied
        shown = admin.rows_of(self._waiting(pks, after)[:NAMES_SHOWN])
        across = self.selection.chosen is None
        context = {
            **admin.admin_site.each_context(request),
            "title": question.title if across else f"{question.title}: {_counted(admin, len(pks))}",
            "opts": admin.opts,
            "question": question,
            "action_name": self.work.__name__,
            "form": form,
            "rows": shown,
            "total": len(pks),
            "left": left,
            "more": (left or len(pks)) - len(shown),
            "across": across,
            "along": admin.goes_along(pks[:MOST_CHOSEN]) if question.harmful else [],
            "hidden": [
                ("action", self.work.__name__),
                ("select_across", str(int(across))),
                (CONFIRMED, "yes"),
                (EXPECTED, str(len(pks))),
                (AFTER, after),
                (PRESS, self._token()),
                *((helpers.ACTION_CHECKBOX_NAME, pk) for pk in (pks[:1] if across else pks)),
            ],
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/backoffice/confirm_action.html", context)


def _counted(admin: "DocumentAdmin", count: int) -> str:
    kind = admin.opts.verbose_name if count == 1 else admin.opts.verbose_name_plural
    return f"{count:,} {kind}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000000") else 0
