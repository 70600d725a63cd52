"""What payment providers tell the shop by themselves."""

from contextlib import suppress

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from purchasing import bouncing, checkout
from purchasing.payments import ProviderError, registry
from purchasing.payments.stripe import NAME, SignatureError, StripeProvider
from purchasing.stored import UnknownDocumentError

BAD_REQUEST, UNAVAILABLE = 400, 503


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """Something has become of a payment or a refund. What became of it is asked, not believed."""
    provider = registry.provider(NAME) if NAME in registry.names() else None
    if not isinstance(provider, StripeProvider):
        raise Http404("Stripe takes no payments here.")
    try:
        told = provider.notice(body=request.body, signature=request.headers.get("Stripe-Signature", ""))
    except SignatureError:
        return HttpResponse("This notice is not signed by Stripe.", status=BAD_REQUEST, content_type="text/plain")
    except ProviderError as error:
        return HttpResponse(f"Send it again later. {error}", status=UNAVAILABLE, content_type="text/plain")
    if told.refund:
        bouncing.came_back(key=told.refund)
    # One that is not known is of another shop of the same account, or long forgotten.
    with suppress(UnknownDocumentError):
        checkout.advance(checkout_id=told.payment.rpartition("-")[0])
    return HttpResponse(status=204)
