"""The shop's pages: home, results, categories, products, completions."""

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from catalog import by_sku, completions, finding, queries, tasks
from catalog.addresses import Addresses
from catalog.facets import CountQuery
from catalog.models import Category
from catalog.recent import recent_skus, remember
from catalog.requests import search_request
from catalog.results import SearchPage, Sort
from catalog.search import Text
from catalog.structured import structured_data
from catalog.templating import category_url, product_url
from catalog.tree import Tree
from redismart import around
from redismart.web.limits import mark_of
from redismart.web.methods import read_only

ROBOTS_SECONDS = 86_400
MOVED_SECONDS = 86_400
FRAGMENTS = {"results": "_results.html", "facets": "_facets.html"}


@read_only
def home(request: HttpRequest) -> HttpResponse:
    """Main categories, best sellers, what is new, what this visitor looked at."""
    page = queries.home_page(recent=recent_skus(request))
    return render(request, "home.html", {"home": page})


@read_only
@vary_on_headers("HX-Request", "HX-Target")
def search(request: HttpRequest) -> HttpResponse:
    """Results for words and facets; with htmx only the part that changes."""
    page, tree = finding.search_page(request=search_request(request.GET, around=around.of(request)))
    if page.in_vain:
        text = page.request.text.shown
        tasks.order_note(text=text, visitor=mark_of(request, text.casefold()))
    return _results(request, page, tree)


@read_only
@vary_on_headers("HX-Request", "HX-Target")
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """A category's products, with facets. An address that it had earlier leads to the one it has now."""
    page, tree = finding.search_page(request=search_request(request.GET, within=slug, around=around.of(request)))
    found = tree.categories.get(slug)
    if found is not None:
        return _results(request, page, tree, found)
    if page.moved_to not in tree.categories:
        raise Http404(f"There is no category {slug!r}.")
    return _moved(request, page.moved_to)


@read_only
def categories(request: HttpRequest) -> HttpResponse:
    """All categories, with their sub-categories and numbers of products."""
    page = queries.categories_page()
    _order_exact_counts(page.to_prepare)
    return render(request, "categories.html", {"page": page})


@read_only
def product(request: HttpRequest, sku: str) -> HttpResponse:
    """One product. Its SKU in another case and a manufacturer's part number lead to it as well."""
    earlier = recent_skus(request)
    page = queries.product_page(sku=sku, recent=earlier)
    if page is None:
        return _elsewhere(sku)
    address = request.build_absolute_uri(product_url(page.product.sku))
    response = render(request, "product.html", {"page": page, "structured": structured_data(page, address=address)})
    remember(response, sku=sku, earlier=earlier)
    return response


@read_only
def suggest(request: HttpRequest) -> HttpResponse:
    """Completions of what has been typed so far, each with its kind and the address it leads to."""
    text = Text.parse(request.GET.get("q", ""))
    found = completions.suggestions(text=text)
    shown = [{"text": item.text, "kind": item.kind, "url": _suggestion_url(item)} for item in found]
    return JsonResponse({"query": text.shown, "suggestions": shown})


def _results(request: HttpRequest, page: SearchPage, tree: Tree, within: Category | None = None) -> HttpResponse:
    _order_exact_counts(page.to_prepare)
    template = "category.html" if within else "search.html"
    fragment = FRAGMENTS.get(request.htmx.target or "") if request.htmx else None  # type: ignore[attr-defined]
    addresses = Addresses(page.request, quote(request.path))
    context = {"page": page, "tree": tree, "category": within, "addresses": addresses, "sorts": tuple(Sort)}
    response = render(request, fragment or template, context | {"partial": bool(fragment)})
    if fragment == FRAGMENTS["results"]:
        push_url(response, addresses.page(page.page))
    return response


def _moved(request: HttpRequest, slug: str) -> HttpResponse:
    """For good, but not for ever: another category may take the old address one day."""
    query = request.META.get("QUERY_STRING", "")
    response = redirect(f"{category_url(slug)}{'?' if query else ''}{query}", permanent=True)
    patch_cache_control(response, max_age=MOVED_SECONDS)
    return response


def _order_exact_counts(wanted: tuple[CountQuery, ...]) -> None:
    """Where the order fails, the page is complete without: its estimates say that they are estimates."""
    for query in wanted:
        tasks.order_counts(query)


def _elsewhere(name: str) -> HttpResponse:
    """To the product that is meant, for good where only the case of its SKU was another; to all that may be."""
    spelt, carried = by_sku.meant(name=name)
    meant = [sku for sku in spelt or carried if sku != name]
    if not meant:
        raise Http404(f"There is no product {name!r}.")
    if len(meant) == 1:
        return redirect(product_url(meant[0]), permanent=bool(spelt))
    return HttpResponseRedirect(f"{reverse('search')}?{urlencode({'q': name})}")


@read_only
def robots(_request: HttpRequest) -> HttpResponse:
    """What search engines may fetch: pages, but not the endless lists that filters and orders make of them."""
    listed, any_category = reverse("search"), reverse("category", args=["*"])
    refused = (f"{listed}?", f"{any_category}?", reverse("suggest"))
    # Of the rules that fit an address the longest counts: a category's further pages stay open.
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in refused), f"Allow: {any_category}?page=", ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    patch_cache_control(response, public=True, max_age=ROBOTS_SECONDS)
    return response


def _suggestion_url(item: completions.Suggestion) -> str:
    if item.sku:
        return product_url(item.sku)
    if item.category:
        return category_url(item.category)
    return f"{reverse('search')}?{urlencode({'q': item.text})}"
