"""Signing in and up, and forgotten passwords."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.validators import RegexValidator

from purchasing import accounts

PRINTABLE = RegexValidator(r"\A[^\x00-\x1f\x7f]*\Z", "Write it in one line, without control characters.")
LONGEST_PASSWORD = 200
HINT = " ".join(password_validators_help_texts())


class SignIn(AuthenticationForm):
    """E-mail address and password; staff may sign in by their user names."""

    error_messages = {
        "invalid_login": "E-mail and password do not belong together. Mind capitals, or choose a new password.",
        "inactive": "E-mail and password do not belong together. Mind capitals, or choose a new password.",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].label = "E-mail"

    def clean_password(self) -> str:
        """A longer one can be nobody's: it is not worth the work of hashing it."""
        password = str(self.cleaned_data["password"])
        if len(password) > LONGEST_PASSWORD:
            raise self.get_invalid_login_error()
        return password

    def clean_username(self) -> str:
        return accounts.user_name(self.cleaned_data["username"])


class EmailForm(forms.Form):
    """An e-mail address, to be sent a link."""

    email = forms.EmailField(
        label="E-mail",
        max_length=accounts.LONGEST_EMAIL,
        widget=forms.EmailInput({"autocomplete": "email"}),
        validators=[PRINTABLE],
        error_messages={"invalid": "Write an e-mail address, such as name@example.com."},
    )


class Hinted(forms.Form):
    """A new password, with our hint: Django's own is a list in HTML, which has no place in a line."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["new_password1"].help_text = HINT
        self.fields["new_password2"].label = "The same once more"
        self.fields["new_password2"].help_text = ""


class NewPassword(Hinted, SetPasswordForm):  # type: ignore[type-arg]  # generic for type checkers only
    """In place of one that is forgotten."""


class OtherPassword(Hinted, PasswordChangeForm):
    """In place of one that is known."""


class SignUp(EmailForm):
    """An e-mail address and a password, for an account at once."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=HINT,
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if password := told.get("password"):
            name = accounts.user_name(told.get("email", ""))
            try:
                validate_password(password, User(username=name, email=name))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return told
