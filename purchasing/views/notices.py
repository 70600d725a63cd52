"""What payment providers tell the shop by themselves."""

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from purchasing import checkout
from purchasing.payments import registry
from purchasing.payments.stripe import NAME, SignatureError, StripeProvider
from purchasing.stored import UnknownDocumentError

BAD_REQUEST = 400


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """Something has become of a payment: its checkout goes on. What became of it is asked, not believed."""
    provider = registry.provider(NAME) if NAME in registry.names() else None
    if not isinstance(provider, StripeProvider):
        raise Http404("Stripe takes no payments here.")
    try:
        key = provider.notice(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except SignatureError:
        return HttpResponse("This notice is not signed by Stripe.", status=BAD_REQUEST, content_type="text/plain")
    # One that is not known is of another shop of the same account, or long forgotten.
    with suppress(UnknownDocumentError):
        checkout.advance(checkout_id=key.rpartition("-")[0])
    return HttpResponse(status=204)
