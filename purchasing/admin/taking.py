"""One step of an order in the admin: asked for, perhaps reviewed, and taken once however often it is pressed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from purchasing import keyspace, noting, orders, progress
from purchasing.admin import pages
from purchasing.admin.models import VIEW
from purchasing.admin.step_forms import StepForm
from purchasing.admin.steps import STEPS, Step
from purchasing.models import Order, Return
from purchasing.orders import ChangedError, OrderError
from purchasing.stored import ConflictError
from redismart.backoffice import history
from redismart.backoffice.standins import StandIn

if TYPE_CHECKING:
    from purchasing.admin.orders import OrderAdmin

RETURN, CONFIRMED = "return", "confirmed"
EVENTS_SHOWN = 5
NOTING_SECONDS = 60
CONFLICT, UNPROCESSABLE = 409, 422


def allowed(request: HttpRequest, action: str) -> Step:
    """The step that an address names, for those who may take it."""
    step = STEPS.get(action)
    if not request.user.has_perm(VIEW) or (step and not request.user.has_perm(step.permission)):
        raise PermissionDenied
    if step is None:
        raise Http404("There is no such step.")
    return step


@dataclass(frozen=True, slots=True)
class Taking:
    """A request for a step of an order."""

    admin: "OrderAdmin"
    request: HttpRequest
    row: StandIn
    step: Step

    @property
    def order(self) -> Order:
        return cast(Order, self.row.document)

    @property
    def returned(self) -> Return | None:
        return self._returned(self.order)

    def _returned(self, order: Order) -> Return | None:
        named = self.request.GET.get(RETURN, "")
        return next((each for each in order.returns if each.step == named and self.step.of_return), None)

    def answer(self) -> HttpResponse:
        if self.request.method == "POST":
            return self._take(self.step.form(self.request.POST, order=self.order, returned=self.returned))
        if self.request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405)
        if not self.step.possible(self.order, self.returned):
            return self._refused(self._impossible())
        return self._page(self.step.form(order=self.order, returned=self.returned))

    def _take(self, form: StepForm) -> HttpResponse:
        if form.mark and self.step.done(form):
            return self._over(self._once())
        if self.request.POST.get("since") != noting.standing(self.order):
            return self._refused("Somebody else has changed this order since you looked at it.")
        if not self.step.possible(self.order, self.returned):
            return self._refused(self._impossible())
        if not form.is_valid():
            return self._page(form, status=UNPROCESSABLE)
        if self.step.reviewed and self.request.POST.get(CONFIRMED) != "yes":
            return self._page(form, reviewing=self.request.POST.get(CONFIRMED) != "no")
        return self._do(form)

    def _do(self, form: StepForm) -> HttpResponse:
        try:
            order = self.step.do(form, self.request.user.get_username())
        except ChangedError as error:
            return self._overtaken(str(error))
        except (OrderError, ConflictError) as error:
            return self._refused(str(error))
        said = f"{self.step.label}{f', {form.returned.step}' if form.returned else ''}"
        paid_back = form.amount()
        told = f"{said}: {pages.money(order, paid_back)} to be paid back" if paid_back else said
        self._note(form, told)
        return self._over(f"Order {order.number}: {told}. It is {progress.title(order).lower()} now.")

    def _overtaken(self, why: str) -> HttpResponse:
        """Another was quicker: perhaps with just this, perhaps the same press sent twice."""
        order = orders.find(number=self.order.number)
        form = self.step.form(self.request.POST, order=order, returned=self._returned(order))
        return self._over(self._once()) if self.step.done(form) else self._refused(why)

    def _once(self) -> str:
        return f"Order {self.order.number}: this was done already, and once."

    def _note(self, form: StepForm, told: str) -> None:
        turn = (Order.db(), keyspace.once(f"noted:{form.mark}"), NOTING_SECONDS)
        told = f"{told}. {form.reason}"
        history.note_once(self.admin, self.request, self.row, told=told, mark=form.mark, turn=turn)

    def _over(self, said: str) -> HttpResponseRedirect:
        messages.success(self.request, said)
        return HttpResponseRedirect(pages.order_address(self.order.number))

    def _impossible(self) -> str:
        if self.step.of_return:
            return f"There is no such return that “{self.step.label}” could be said of: see below what became of it."
        return f"“{self.step.label}” is no step from here: the order is of the status “{progress.title(self.order)}”."

    def _page(self, form: StepForm, *, reviewing: bool = False, status: int = 200) -> TemplateResponse:
        known = form.is_valid() or not (form.is_bound or self.step.reviewed)
        amount = form.amount() if known else Decimal(0)
        return self._shown(
            "admin/purchasing/step.html",
            status,
            form=form,
            reviewing=reviewing,
            told=list(form.told()) if reviewing else [],
            amount=pages.money(self.order, amount) if amount else "",
        )

    def _refused(self, why: str) -> TemplateResponse:
        """A page that says how the order stands now. Nothing was done."""
        order = orders.find(number=self.order.number)
        latest = order.history[: -EVENTS_SHOWN - 1 : -1]
        told = {"why": why, "standing": progress.title(order), "latest": latest}
        return self._shown("admin/purchasing/step_refused.html", CONFLICT, **told)

    def _shown(self, template: str, status: int, **more: Any) -> TemplateResponse:
        context = pages.shared(self.admin, self.request, self.row) | {
            "title": f"{self.step.label}: order {self.order.number}",
            "step": self.step,
            "order": self.order,
            "returned": self.returned,
            **more,
        }
        answer = TemplateResponse(self.request, template, context, status=status)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer
