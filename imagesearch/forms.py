"""The photo that a visitor sends."""

from typing import Any

from django import forms
from PIL import Image

from imagesearch import uploads
from imagesearch.uploads import UploadError

CHOOSE = "Choose a photo first: a file, or a picture from your camera."


class PhotoForm(forms.Form):
    """One picture, judged by its bytes."""

    photo = forms.FileField(
        label="A photo",
        allow_empty_file=True,
        error_messages={"required": CHOOSE, "invalid": CHOOSE},
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif", "class": "photo-file"}),
    )

    def clean_photo(self) -> Image.Image:
        sent: Any = self.cleaned_data["photo"]
        if sent.size > uploads.MOST_BYTES:
            raise forms.ValidationError(f"This file is larger than {uploads.MOST_BYTES // 1024 // 1024} MB.")
        try:
            return uploads.checked(sent.read())
        except UploadError as error:
            raise forms.ValidationError(str(error)) from error
