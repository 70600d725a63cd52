"""What a buyer says of a product."""

from django import forms

STARS = ((5, "5: excellent"), (4, "4: good"), (3, "3: all right"), (2, "2: poor"), (1, "1: bad"))


class ReviewForm(forms.Form):
    stars = forms.TypedChoiceField(
        choices=STARS,
        coerce=int,
        widget=forms.RadioSelect,
        label="Your rating",
        error_messages={"required": "Choose a rating, from 5 to 1."},
    )
    title = forms.CharField(max_length=200, required=False, label="In a few words")
    text = forms.CharField(
        max_length=10_000, required=False, label="Your review", widget=forms.Textarea(attrs={"rows": 6})
    )
    author = forms.CharField(
        max_length=100, required=False, label="Your name", help_text="As others shall see it; empty for none."
    )
