"""Pages that say something about the shop itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What the shop is, and whom its pictures and letters come from."""
    return render(request, "about.html")
