"""Image search in the Django admin."""

from django.contrib import admin

from imagesearch.admin.embeddings import EmbeddingAdmin
from imagesearch.models import Embedding

admin.site.register(Embedding, EmbeddingAdmin)
