"""Explains and profiles a search that the debug view showed: FT.EXPLAIN and FT.PROFILE on demand."""

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from redismart.redis import connections, replies
from redismart.redis.topology import APPS
from redismart.web import debug_view
from redismart.web.methods import read_only

NOT_SHOWN = "This command was not shown by this shop, or too long ago: reload the page that showed it."


@read_only
def explain(request: HttpRequest) -> HttpResponse:
    """The plan and the profile of one signed search command."""
    if not debug_view.enabled(request):
        raise Http404
    try:
        app, command = debug_view.unsign(request.GET.get("command", ""))
    except signing.BadSignature:
        return render(request, "400.html", {"advice": NOT_SHOWN}, status=400)
    if app not in APPS:
        raise Http404
    context = {"plan": _plan(app, command), "profile": _profile(app, command)}
    return render(request, "_debug_explain.html", context)


def _plan(app: str, command: list[bytes]) -> str:
    index, query, *rest = command[1:]
    parameters = rest[rest.index(b"PARAMS") :] if b"PARAMS" in rest else ["DIALECT", "2"]
    plan: bytes = connections.client(app).execute_command("FT.EXPLAIN", index, query, *parameters, NEVER_DECODE=True)
    return plan.decode(errors="replace")


def _profile(app: str, command: list[bytes]) -> list[tuple[int, str]]:
    kind, index, *rest = command
    # What is found may be bytes that are no text.
    profiled = ("FT.PROFILE", index, kind.removeprefix(b"FT."), "QUERY", *rest)
    reply = connections.client(app).execute_command(*profiled, NEVER_DECODE=True)
    return list(replies.in_lines(reply[1]))
