"""The catalogue in the Django admin."""

from django.contrib import admin

from catalog.admin.categories import CategoryAdmin
from catalog.admin.loads import LoadAdmin
from catalog.admin.models import Category, Load, Product, Review, Suggestion, Synonyms
from catalog.admin.products import ProductAdmin
from catalog.admin.reviews import ReviewAdmin
from catalog.admin.suggestions import SuggestionAdmin
from catalog.admin.synonyms import SynonymAdmin

admin.site.register(Product, ProductAdmin)
admin.site.register(Category, CategoryAdmin)
admin.site.register(Review, ReviewAdmin)
admin.site.register(Synonyms, SynonymAdmin)
admin.site.register(Suggestion, SuggestionAdmin)
admin.site.register(Load, LoadAdmin)
