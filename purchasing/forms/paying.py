"""What a shopper gives to pay. The amount comes from the checkout; the form only tells what was seen."""

from django import forms

from purchasing import checkout
from purchasing.forms.accounts import PRINTABLE
from purchasing.models import Checkout
from purchasing.payments import testing

PAYMENT_METHOD = r"\Apm_[A-Za-z0-9_]{1,200}\Z"
NO_CARD = "This is no card number: check its digits."


class PayForm(forms.Form):
    """The e-mail address for the confirmation, and a digest of what the page showed."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="Your confirmation goes there.",
        widget=forms.EmailInput({"autocomplete": "email"}),
        validators=[PRINTABLE],
        error_messages={
            "required": "Tell us where the confirmation goes.",
            "invalid": "Write an e-mail address, such as name@example.com.",
        },
    )
    seen = forms.CharField(max_length=40, widget=forms.HiddenInput)

    @property
    def told(self) -> str:
        """What the provider takes for the card."""
        raise NotImplementedError


class TestCardForm(PayForm):
    """A card of the embedded test provider."""

    __test__ = False

    number = forms.CharField(
        label="Card number",
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "numeric", "spellcheck": "false"}),
        error_messages={"required": "Type a card number."},
    )
    field_order = ("email", "number")

    def clean_number(self) -> str:
        number = testing.digits(str(self.cleaned_data["number"]))
        if not number:
            raise forms.ValidationError(NO_CARD)
        return number

    @property
    def told(self) -> str:
        return str(self.cleaned_data["number"])


class StripeForm(PayForm):
    """What Stripe's script has made of a card."""

    source = forms.RegexField(regex=PAYMENT_METHOD, widget=forms.HiddenInput, required=True)

    @property
    def told(self) -> str:
        return str(self.cleaned_data["source"])


FORMS: dict[str, type[PayForm]] = {"test": TestCardForm, "stripe": StripeForm}


def blank(found: Checkout, provider: str, email: str = "") -> PayForm:
    """The form as the page shows it at first."""
    return FORMS[provider](initial={"email": email or found.buyer.email, "seen": checkout.digest(found)})
