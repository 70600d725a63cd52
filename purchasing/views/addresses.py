"""The address book."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from purchasing import addressbooks
from purchasing.addressbooks import AddressError, UnknownAddressError
from purchasing.forms.addresses import BookedAddress, country_names
from purchasing.models import Address
from redismart.web.templating import remembered_locale

GONE = "That address is not in your book: it may be gone already."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def addresses(request: HttpRequest) -> HttpResponse:
    """The book, and a form for one more address."""
    form = _form(request, None)
    if request.method == "POST" and _added(request, form):
        return _back(request, "The address is in your book.")
    book = addressbooks.book_of(user=_user(request))
    context = {
        "form": form,
        "addresses": [(addressbooks.key_of(each), each) for each in book.addresses],
        "countries": dict(country_names(remembered_locale(request))),
        "messages": messages.get_messages(request),
    }
    return render(request, "addresses.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def address(request: HttpRequest, key: str) -> HttpResponse:
    """One address, to be corrected."""
    form = _form(request, None if request.method == "POST" else _found(request, key))
    if request.method == "POST" and form.is_valid():
        try:
            addressbooks.replace(user=_user(request), key=key, address=form.address())
        except UnknownAddressError as error:
            raise Http404(GONE) from error
        return _back(request, "The address is changed.")
    return render(request, "address.html", {"form": form, "key": key}, status=422 if form.errors else 200)


@require_POST
@login_required
def remove_address(request: HttpRequest, key: str) -> HttpResponse:
    addressbooks.remove(user=_user(request), key=key)
    return _back(request, "The address is removed.")


@require_POST
@login_required
def prefer_address(request: HttpRequest, key: str) -> HttpResponse:
    try:
        addressbooks.prefer(user=_user(request), key=key)
    except UnknownAddressError as error:
        raise Http404(GONE) from error
    return _back(request, "That address comes first from now on.")


def _form(request: HttpRequest, known: Address | None) -> BookedAddress:
    typed = request.POST if request.method == "POST" else None
    return BookedAddress(typed, initial=known.model_dump() if known else None, locale=remembered_locale(request))


def _added(request: HttpRequest, form: BookedAddress) -> bool:
    if not form.is_valid():
        return False
    try:
        addressbooks.add(user=_user(request), address=form.address())
    except AddressError as error:
        form.add_error(None, str(error))
        return False
    return True


def _found(request: HttpRequest, key: str) -> Address:
    try:
        return addressbooks.address_of(user=_user(request), key=key)
    except UnknownAddressError as error:
        raise Http404(GONE) from error


def _user(request: HttpRequest) -> str:
    return str(request.user.pk)


def _back(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("addresses")
