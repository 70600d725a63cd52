"""Search by a photo: the page that takes it, and what looks like it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url
from PIL import Image
from redis.exceptions import ResponseError

from catalog import api as catalog
from catalog.api import Addresses, Sort
from imagesearch import asking, photos, queries, tasks
from imagesearch.alike import alike
from imagesearch.asking import EncoderAwayError, NotReadyError
from imagesearch.forms import PhotoForm
from imagesearch.queries import Found, Match
from redismart.web import limits
from redismart.web.methods import read_only

DEADLINE_SECONDS = 4.0
SIDE = 512
AS_IT_IS = {"lossless": True, "quality": 0, "method": 0}
"""How the photo travels to the worker: pixel by pixel, which turns no vector, and is quicker than to make it poorer."""

MOST_PHOTOS, WITHIN_SECONDS = 60, 600
AT_ONCE, PATIENCE_SECONDS = 4, 3.0
"""Photos that a process unpacks at once, and how long one waits for its turn: each may take 100 MB for a moment."""
MOST_AT_ONCE = 8
"""Photos that a process has at hand, until they are answered: half its threads are left to all other pages."""

GONE, UNPROCESSABLE, TOO_MANY, UNAVAILABLE = 410, 422, 429, 503
TOO_OFTEN = "That is a lot of photos in a short time. Please try again in ten minutes."
AWAY = "Searching by photo is not answering at the moment. Try again in a minute, or search by words."
BUSY = "Very many photos are being looked at just now. Try again in a minute, or search by words."
NOT_READY = "The pictures of the shop are still being looked at. Try again in a minute, or search by words."
ENDED = "This search has ended, since nothing of a photo is kept for longer than half an hour: send it once more."
FRAGMENTS = {"results": "_results.html", "facets": "_facets.html"}
SORTS = (Sort.RELEVANCE, Sort.PRICE_UP, Sort.PRICE_DOWN)
_turns, _places = threading.BoundedSemaphore(AT_ONCE), threading.BoundedSemaphore(MOST_AT_ONCE)


@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: HttpRequest) -> HttpResponse:
    """Take a photo, by file, drop, paste or camera; then to what looks like it."""
    if request.method != "POST":
        return _form(request, PhotoForm())
    if limits.too_often("photo", limits.address_of(request), most=MOST_PHOTOS, seconds=WITHIN_SECONDS):
        return _form(request, PhotoForm(), TOO_OFTEN, TOO_MANY)
    if not _places.acquire(blocking=False):
        return _form(request, PhotoForm(), BUSY, UNAVAILABLE)
    try:
        return _searched(request)
    except EncoderAwayError as error:
        return _form(request, PhotoForm(), NOT_READY if isinstance(error, NotReadyError) else AWAY, UNAVAILABLE)
    finally:
        _places.release()


@read_only
@vary_on_headers("HX-Request", "HX-Target")
def matches(request: HttpRequest, name: str) -> HttpResponse:
    """What looks like a photo, with facets, words and pages; with htmx only the part that changes."""
    vector = photos.kept(name=name)
    wanted = catalog.search_request(request.GET, among=catalog.PRODUCT_FACETS)
    try:
        found = queries.find(vector=vector, selection=wanted.selection, words=wanted.text.shown) if vector else None
    except ResponseError:
        # The model that it was seen by is no longer the shop's.
        found = None
    if found is None:
        return _form(request, PhotoForm(), ENDED, GONE)
    if found.beyond and not (found.close or wanted.selection or wanted.text.shown):
        tasks.order_note(photo=name, nearest=found.beyond[0].sku)
    return _results(request, wanted, found)


@read_only
@vary_on_headers("HX-Request")
def similar(request: HttpRequest, sku: str) -> HttpResponse:
    """What looks like a product: a shelf for its page, a page for who has no scripts."""
    template = "_similar.html" if request.htmx else "similar.html"  # type: ignore[attr-defined]
    if not catalog.known(skus=[sku]):
        raise Http404("No such product.")
    return render(request, template, {"alike": alike(sku=sku), "sku": sku})


def _searched(request: HttpRequest) -> HttpResponse:
    with _turn():
        form = PhotoForm(request.POST, request.FILES)
        if not form.is_valid():
            return _form(request, form, status=UNPROCESSABLE)
        picture = _small(form.cleaned_data["photo"])
    vector = asking.vector_of(picture=picture, deadline=DEADLINE_SECONDS)
    return redirect("photo_matches", photos.keep(vector=vector))


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise EncoderAwayError("Too many photos at once.")
    try:
        yield
    finally:
        _turns.release()


def _small(picture: Image.Image) -> bytes:
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    written = BytesIO()
    picture.save(written, "WEBP", **AS_IT_IS)
    return written.getvalue()


def _results(request: HttpRequest, wanted: Any, found: Found) -> HttpResponse:
    close = _sorted(found.close, wanted.sort)
    page, tree = catalog.matched_page(request=wanted, skus=[each.sku for each in close], tallies=found.tallies)
    fragment = FRAGMENTS.get(request.htmx.target or "") if request.htmx else None  # type: ignore[attr-defined]
    addresses = Addresses(wanted, quote(request.path))
    beyond = catalog.cards(skus=[each.sku for each in found.beyond]) if not found.close else {}
    context = {"page": page, "tree": tree, "addresses": addresses, "sorts": SORTS, "photo": True, "category": None}
    context |= {"beyond": list(beyond.values()), "partial": bool(fragment), "capped": found.capped}
    response = render(request, fragment or "photo_matches.html", context)
    # One visitor's search is nobody else's, and no search engine's.
    response.headers["X-Robots-Tag"] = "noindex"
    if fragment == FRAGMENTS["results"]:
        push_url(response, addresses.page(page.page))
    return response


def _sorted(close: Sequence[Match], sort: Sort) -> list[Match]:
    """By price where that is wanted, what has none last; else the likest first, as found."""
    if sort not in (Sort.PRICE_UP, Sort.PRICE_DOWN):
        return list(close)
    sign = 1 if sort is Sort.PRICE_UP else -1
    return sorted(close, key=lambda each: (each.cost is None, sign * (each.cost or 0.0)))


def _form(request: HttpRequest, form: PhotoForm, problem: str = "", status: int = 200) -> HttpResponse:
    told = problem or " ".join(str(error) for errors in form.errors.values() for error in errors)
    response = render(request, "photo_search.html", {"form": form, "problem": told}, status=status)
    if status == UNAVAILABLE:
        response.headers["Retry-After"] = "30"
    return response
