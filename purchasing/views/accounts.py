"""Signing up, in and out, passwords, and the account's first page."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth import views as django_views
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.generic import FormView

from purchasing import accounts, addressbooks, guarding, orders, progress, tasks
from purchasing.accounts import Link, TakenError
from purchasing.forms.accounts import EmailForm, NewPassword, OtherPassword, SignIn, SignUp
from redismart.web import limits
from redismart.web.methods import read_only

BACKEND = "django.contrib.auth.backends.ModelBackend"
HOUR = 3_600
MOST_FROM_NETWORK, MOST_TO_ADDRESS = 30, 5
"""Sign-ups and links an hour: so many from one address of the network, so many e-mails to one address."""

TAKEN = "No account could be opened with this address. If you have one already, sign in, or choose a new password."
NOT_SENT = "The e-mail could not be sent just now. Nothing is lost: try again in a minute."


class Refusing(FormView):  # type: ignore[type-arg]  # generic for type checkers only
    """Answers a form that cannot be taken with 422, so that nobody takes the page for success."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignInPage(Refusing, django_views.LoginView):
    template_name = "sign_in.html"
    authentication_form = SignIn
    redirect_authenticated_user = True


class SignUpPage(django_views.RedirectURLMixin, Refusing):
    """Opens an account at once, or sends a link that does: see ``purchasing.accounts``."""

    template_name = "sign_up.html"
    next_page = "account"

    def get_form_class(self) -> type[Form]:
        return EmailForm if settings.CONFIRM_ADDRESSES else SignUp

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"next": self.get_redirect_url()}

    def form_valid(self, form: Any) -> HttpResponse:
        if _too_often(self.request):
            return guarding.locked_out(self.request)
        if settings.CONFIRM_ADDRESSES:
            return _sent(self.request, form, Link.SIGN_UP) or self.form_invalid(form)
        try:
            user = accounts.sign_up(email=form.cleaned_data["email"], password=form.cleaned_data["password"])
        except TakenError:
            form.add_error(None, TAKEN)
            return self.form_invalid(form)
        login(self.request, user, backend=BACKEND)
        return redirect(self.get_success_url())


class PasswordResetPage(Refusing):
    """Sends a link to choose a new password, if there is anybody to send it to; that is not told."""

    template_name = "password_reset.html"
    form_class = EmailForm

    def form_valid(self, form: Any) -> HttpResponse:
        if _too_often(self.request):
            return guarding.locked_out(self.request)
        return _sent(self.request, form, Link.RESET) or self.form_invalid(form)


class PasswordSetPage(Refusing, django_views.PasswordResetConfirmView):
    """Where a link leads: whoever reads the address's e-mails chooses the password, and is signed in."""

    template_name = "password_set.html"
    form_class = NewPassword
    success_url = reverse_lazy("account")
    post_reset_login = True
    post_reset_login_backend = BACKEND


class PasswordChangePage(Refusing, django_views.PasswordChangeView):
    template_name = "password_change.html"
    form_class = OtherPassword
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


sign_in = SignInPage.as_view()
sign_up = sensitive_post_parameters()(SignUpPage.as_view())
password_reset = PasswordResetPage.as_view()
password_set = PasswordSetPage.as_view()
password_change = PasswordChangePage.as_view()


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """By POST only: no link and no picture elsewhere may end anybody's session."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"], render_to_string("405.html"))
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@read_only
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """The last orders, the preferred address, and ways to the rest."""
    user = str(request.user.pk)
    context = {
        "latest": orders.of_user(user=user),
        "title_of": progress.title,
        "book": addressbooks.book_of(user=user),
        "messages": messages.get_messages(request),
    }
    return render(request, "account.html", context)


def _too_often(request: HttpRequest) -> bool:
    address = limits.address_of(request)
    return limits.too_often("links", address, most=MOST_FROM_NETWORK, seconds=HOUR)


def _sent(request: HttpRequest, form: Form, kind: Link) -> HttpResponse | None:
    """The page that says to look into one's e-mails; None, and the form says why, when no link could be ordered.

    What is too much for one address is left out without a word, or it would tell what others have asked for.
    """
    email = accounts.user_name(form.cleaned_data["email"])
    quiet = limits.too_often("link", email, most=MOST_TO_ADDRESS, seconds=HOUR)
    if not quiet and not tasks.order_link(email=email, kind=kind):
        form.add_error(None, NOT_SENT)
        return None
    return render(request, "link_sent.html", {"email": email, "kind": kind.value})
