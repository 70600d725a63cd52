"""Products in the Django admin: found, added, changed and deleted, and nothing lost that others changed meanwhile."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog import operations, reviews
from catalog.models import Product
from tests import catalogues

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_static_files")]
LIST = "/admin/catalog/product/"


def signed_in(*permissions: str) -> Client:
    user = User.objects.create_user("sam", password="open sesame", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="catalog"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor(empty_catalogue: None) -> Client:
    return signed_in("view_product", "add_product", "change_product", "delete_product")


def form_of(client: Client, sku: str) -> dict[str, str]:
    """What a browser would send of a product's form."""
    page = client.get(reverse("admin:catalog_product_change", args=[sku]))
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields if name not in ("upload", "without")}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def change(client: Client, sku: str, **values: object) -> int:
    address = reverse("admin:catalog_product_change", args=[sku])
    return client.post(address, form_of(client, sku) | values).status_code


def stored(sku: str) -> Product:
    (found,) = Product.find_many([sku])
    assert found is not None
    return found


def test_the_list_counts_searches_filters_sorts_and_pages(editor: Client) -> None:
    many = [catalogues.product(f"p{number}", name=f"Lamp {number}", price=Decimal(number)) for number in range(120)]
    catalogues.fill([*many, catalogues.product("chair", name="Red chair", price=Decimal(7))])
    everything = editor.get(LIST)
    assert everything.context["cl"].result_count == 121
    assert len(everything.context["cl"].result_list) == 50
    found = editor.get(LIST, {"q": "red chair"}).context["cl"]
    assert [row.pk for row in found.result_list] == ["chair"]
    narrow = editor.get(LIST, {"price_from": "5", "price_to": "7", "o": "-5"}).context["cl"]
    assert sorted(row.pk for row in narrow.result_list) == ["chair", "p5", "p6", "p7"]
    for wordless in ("\x1b", "the", "!"):
        unsearched = editor.get(LIST, {"q": wordless, "price_from": "5", "price_to": "7"})
        assert unsearched.status_code == 200
    dearest = editor.get(LIST, {"o": "-5"}).context["cl"]
    assert [row.pk for row in dearest.result_list][:2] == ["p119", "p118"]
    last = editor.get(LIST, {"o": "5", "p": "3"}).context["cl"]
    assert [row.pk for row in last.result_list][-1] == "p119"
    for beyond in ("4", "200", "201", "99999999999999999999"):
        answer = editor.get(LIST, {"o": "5", "p": beyond})
        assert answer.context["cl"].page_num == 3
        assert [row.pk for row in answer.context["cl"].result_list] == [row.pk for row in last.result_list]


def test_an_editor_adds_a_product_with_a_picture(editor: Client) -> None:
    picture = BytesIO()
    Image.new("RGB", (64, 48), "red").save(picture, "PNG")
    sent = {"sku": "A/1", "name": "Red lamp", "currency": "USD", "price": "12.50", "categories": "Home\nLamps"}
    upload = SimpleUploadedFile("lamp.png", picture.getvalue(), "image/png")
    answer = editor.post(
        f"{LIST}add/", {**sent, "attributes": "Colour = red", "upload": upload, "upload_alt": "A lamp"}
    )
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    product = stored("A/1")
    assert product.price == Decimal("12.50")
    assert product.categories == ("Home", "Lamps")
    assert product.attributes == {"Colour": "red"}
    assert product.pictures[0].alt == "A lamp"
    assert LogEntry.objects.get().object_id == "A/1"
    assert editor.get(reverse("admin:catalog_product_history", args=["A/1"])).status_code == 200
    shop = Client().get("/search/", {"q": "red lamp"})
    assert "Red lamp" in shop.content.decode() or "<mark>" in shop.content.decode()


def test_a_sku_in_use_is_refused_and_the_product_kept(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Old lamp")])
    answer = editor.post(f"{LIST}add/", {"sku": "lamp", "name": "Other", "currency": "USD"}, follow=True)
    assert "already one known" in answer.content.decode()
    assert stored("lamp").name == "Old lamp"


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", "-1"), ("currency", "dollars"), ("name", ""), ("price", "NaN"), ("categories", "x" * 301)],
)
def test_what_the_document_refuses_stands_beside_its_field(editor: Client, field: str, value: str) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    address = reverse("admin:catalog_product_change", args=["lamp"])
    answer = editor.post(address, form_of(editor, "lamp") | {field: value})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors[field]
    assert stored("lamp").name == "Lamp"
    assert stored("lamp").categories == ()


def test_two_editors_do_not_overwrite_each_other(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    opened = form_of(editor, "lamp")
    assert change(editor, "lamp", name="Bright lamp") == 302
    late = editor.post(reverse("admin:catalog_product_change", args=["lamp"]), opened | {"name": "Dim lamp"})
    assert late.status_code == 409
    assert {"Bright lamp", "Dim lamp"} <= set(re.findall(r"<td>([^<]*)</td>", late.content.decode()))
    assert stored("lamp").name == "Bright lamp"
    assert LogEntry.objects.count() == 1


def test_what_buyers_do_meanwhile_is_kept(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp", attributes={"Watts": 40, "Colour": "red"})])
    opened = form_of(editor, "lamp")
    reviews.write(sku="lamp", author_id="1", author="Ada", stars=5, title="", text="Bright")
    answer = editor.post(reverse("admin:catalog_product_change", args=["lamp"]), opened | {"name": "Bright lamp"})
    assert answer.status_code == 302
    assert (stored("lamp").name, stored("lamp").rating_count) == ("Bright lamp", 1)
    assert stored("lamp").attributes == {"Watts": 40, "Colour": "red"}


def test_a_product_is_deleted_after_asking(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    address = reverse("admin:catalog_product_delete", args=["lamp"])
    assert "Are you sure" in editor.get(address).content.decode()
    assert editor.post(address, {"post": "yes"}).status_code == 302
    assert Product.find_many(["lamp"]) == [None]


def test_the_export_holds_what_the_list_shows_and_no_formula(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="=1+1 lamp"), catalogues.product("chair", name="Chair")])
    lines = b"".join(editor.get(f"{LIST}export.csv", {"q": "lamp"}).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert "'=1+1 lamp" in lines[1]


def test_one_who_may_only_look_gets_no_inputs_and_changes_nothing(empty_catalogue: None) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    clerk = signed_in("view_product")
    address = reverse("admin:catalog_product_change", args=["lamp"])
    page = clerk.get(address)
    assert page.status_code == 200
    assert 'name="upload"' not in page.content.decode()
    assert clerk.post(address, {"name": "Mine"}).status_code == 403


@pytest.mark.parametrize("page", ["", "add/", "lamp/change/", "lamp/delete/", "lamp/history/", "export.csv"])
def test_one_without_permission_is_kept_out(empty_catalogue: None, page: str) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    assert signed_in().get(LIST + page).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        *({"p": page} for page in ("0", "-1", "999999999999999999999", "x", "201")),
        *({"o": order} for order in ("99", "-", "x", "1.2.3", "--1", "9" * 500)),
        *({"q": text} for text in ("@x:{y}", '"', "\\", "\x00", "*", "-", "'", "(" * 300, "日本")),
        *({"price_from": number} for number in ("x", "nan", "inf", "1e999", "-5")),
        *({"added_to": day} for day in ("9999-12-31", "0001-01-01", "x", "2026-13-01")),
        {"name__regex": "("},
        {"category": "\\|{}"},
        {"_to_field": "password"},
        {"_facets": "1", "all": "", "e": "1", "_popup": "1"},
    ],
)
def test_hostile_addresses_never_break_the_list(editor: Client, query: dict[str, str]) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    assert editor.get(LIST, query).status_code in (200, 302, 400)


def test_no_page_breaks_the_content_security_policy(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    for page in ("", "add/", "lamp/change/", "lamp/delete/", "lamp/history/"):
        html = editor.get(LIST + page).content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)", html), page


def test_a_deleted_review_counts_no_more(empty_catalogue: None) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    review = reviews.write(sku="lamp", author_id="1", author="Ada", stars=1, title="Bad", text="Dim")
    keeper = signed_in("view_review", "delete_review")
    assert keeper.get("/admin/catalog/review/").context["cl"].result_count == 1
    address = reverse("admin:catalog_review_delete", args=[review.review_id])
    assert keeper.post(address, {"post": "yes"}).status_code == 302
    assert (stored("lamp").rating, stored("lamp").rating_count) == (None, 0)


def test_prepared_counts_follow_a_change(editor: Client) -> None:
    catalogues.fill([catalogues.product("lamp", name="Lamp")])
    before = Product.db().get("catalog:version")
    assert change(editor, "lamp", name="Bright lamp") == 302
    assert Product.db().get("catalog:version") != before
    operations.rebuild_suggestions_if_stale()
