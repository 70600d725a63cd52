"""Actions of the admin: on chosen rows or on all that match, after a question, told and logged, and by permission."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client

from catalog import bulk, reviews
from catalog.models import Product, Review
from redismart.backoffice import actions
from tests import catalogues

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_static_files", "empty_catalogue")]
PRODUCTS, REVIEWS = "/admin/catalog/product/", "/admin/catalog/review/"
EVERYTHING = ("view_product", "change_product", "delete_product", "view_review", "change_review", "delete_review")


def signed_in(*permissions: str) -> Client:
    user = User.objects.create_user(f"sam-{User.objects.count()}", password="open sesame", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions, content_type__app_label="catalog"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def editor() -> Client:
    return signed_in(*EVERYTHING)


def lamps(count: int, **values: Any) -> None:
    facts = {"price": Decimal(10), "currency": "USD"} | values
    catalogues.fill([catalogues.product(f"p{number:03}", name=f"Lamp {number}", **facts) for number in range(count)])


def asked(client: Client, action: str, *chosen: str, address: str = PRODUCTS, across: bool = False) -> Any:
    """The page that asks."""
    sent = {"action": action, "_selected_action": chosen, "select_across": str(int(across)), "index": "0"}
    return client.post(address, sent)


def confirmed(client: Client, page: Any, address: str = PRODUCTS, **values: str) -> Any:
    """Press the button of the page that asks, with what its form was filled with."""
    html = page.content.decode()
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    sent: dict[str, Any] = {}
    for name, value in hidden:
        sent.setdefault(name, []).append(value)
    assert sent, html
    return client.post(address, sent | values)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def prices() -> list[Decimal | None]:
    found = Product.find_many([f"p{number:03}" for number in range(3)])
    return [None if product is None else product.price for product in found]


def test_prices_of_chosen_products_change_after_a_question(editor: Client) -> None:
    lamps(3)
    page = asked(editor, "reprice", "p000", "p002")
    assert page.status_code == 200
    assert {"Lamp 0", "Lamp 2"} == set(re.findall(r"<li>(Lamp \d)</li>", page.content.decode()))
    assert prices() == [Decimal(10)] * 3
    answer = confirmed(editor, page, percent="-12.5", strike="on")
    assert answer.status_code == 302
    assert said(answer) == ["2 products priced anew."]
    assert prices() == [Decimal("8.75"), Decimal(10), Decimal("8.75")]
    (first,) = Product.find_many(["p000"])
    assert first is not None
    assert first.list_price == Decimal(10)
    entries = LogEntry.objects.order_by("object_id")
    assert [entry.object_id for entry in entries] == ["p000", "p002"]
    assert "percent: -12.5" in entries[0].change_message


@pytest.mark.parametrize("percent", ["", "x", "0", "-91", "501", "NaN", "1e9"])
def test_a_percentage_that_makes_no_sense_is_asked_again(editor: Client, percent: str) -> None:
    lamps(3)
    answer = confirmed(editor, asked(editor, "reprice", "p000"), percent=percent)
    assert answer.status_code == 200
    assert answer.context["form"].errors["percent"]
    assert prices() == [Decimal(10)] * 3


def test_the_same_press_twice_changes_no_price_twice(editor: Client) -> None:
    lamps(3)
    page = asked(editor, "reprice", "p000")
    confirmed(editor, page, percent="10")
    confirmed(editor, page, percent="10")
    assert prices()[0] == Decimal(11)
    confirmed(editor, asked(editor, "reprice", "p000"), percent="10")
    assert prices()[0] == Decimal("12.10")


def test_a_currency_without_coins_gets_whole_prices_and_what_has_none_is_left(editor: Client) -> None:
    lamps(1, price=Decimal(999), currency="JPY")
    catalogues.fill([catalogues.product("p001", name="Unpriced", price=None)])
    answer = confirmed(editor, asked(editor, "reprice", "p000", "p001"), percent="10")
    assert prices()[:2] == [Decimal(1099), None]
    assert said(answer) == ["1 product priced anew.", "p001: has no price"]


def test_all_that_match_are_done_over_many_presses(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lamps(130)
    catalogues.fill([catalogues.product("chair", name="Chair", price=Decimal(10))])
    monkeypatch.setattr(actions, "PER_BATCH", 50)
    monkeypatch.setattr(actions, "PRESS_SECONDS", 0.0)
    address = f"{PRODUCTS}?q=lamp"
    page = asked(editor, "reprice", "p000", address=address, across=True)
    assert "all 130" in page.content.decode()
    page = confirmed(editor, page, address, percent="100")
    assert "80 of 130" in page.content.decode()
    page = confirmed(editor, page, address, percent="100")
    assert confirmed(editor, page, address, percent="100").status_code == 302
    found = Product.find_many([f"p{number:03}" for number in range(130)])
    assert {product.price for product in found if product} == {Decimal(20)}
    assert LogEntry.objects.count() == 130
    (chair,) = Product.find_many(["chair"])
    assert chair is not None
    assert chair.price == Decimal(10)


def test_more_that_match_than_were_told_are_asked_about_again(editor: Client) -> None:
    lamps(2)
    page = asked(editor, "delete_chosen", "p000", across=True)
    catalogues.fill([catalogues.product("p002", name="Late lamp", price=Decimal(10))])
    again = confirmed(editor, page)
    assert again.status_code == 200
    assert "all 3" in again.content.decode()
    assert None not in Product.find_many(["p000", "p001", "p002"])
    assert confirmed(editor, again).status_code == 302
    assert Product.find_many(["p000", "p001", "p002"]) == [None] * 3


def test_a_deletion_names_what_goes_along(editor: Client) -> None:
    lamps(3)
    for author in ("1", "2"):
        reviews.write(sku="p001", author_id=author, author="Ada", stars=4, title="", text="Bright")
    assert "2 reviews" in editor.get(f"{PRODUCTS}p001/delete/").content.decode()
    page = asked(editor, "delete_chosen", "p001", "p002")
    assert "2 reviews go along" in page.content.decode()
    assert said(confirmed(editor, page)) == ["2 products deleted."]
    assert Review.find_many(["p001:1", "p001:2"]) == [None, None]
    assert [entry.action_flag for entry in LogEntry.objects.all()] == [DELETION] * 2


def test_others_who_change_the_products_meanwhile_lose_nothing(editor: Client) -> None:
    """The change is made of what is stored at that moment: a product changed in between is read again."""
    lamps(3)
    interfering = iter(range(3))

    def change(products: Any) -> Any:
        if next(interfering, None) is not None:
            Product.db().execute_command("JSON.SET", Product.key_of("p001"), "$.brand", '"Acme"')
        return [product.model_copy(update={"price": Decimal(1)}) for product in products]

    assert bulk.change_products(skus=["p000", "p001", "p002"], change=change) == ["p000", "p001", "p002"]
    (changed,) = Product.find_many(["p001"])
    assert changed is not None
    assert (changed.brand, changed.price) == ("Acme", Decimal(1))


def test_what_others_change_all_the_while_is_left_and_told(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lamps(2)
    reviews.write(sku="p000", author_id="1", author="Ada", stars=4, title="", text="Bright")
    monkeypatch.setattr(bulk, "ATTEMPTS", 0)
    monkeypatch.setattr(bulk, "ATTEMPTS_ALONE", 0)
    for page, sent, address, logged in (
        (asked(editor, "reprice", "p000", "p001"), {"percent": "10"}, PRODUCTS, 0),
        (asked(editor, "reindex", "p000"), {}, PRODUCTS, 0),
        # The review is hidden; the product's rating is still to follow.
        (asked(editor, "hide", "p000:1", address=REVIEWS), {}, REVIEWS, 1),
    ):
        answer = confirmed(editor, page, address, **sent)
        assert answer.status_code == 302
        assert "Too many change 'p000' at this moment: try again." in said(answer)[-1]
        assert LogEntry.objects.count() == logged
    assert prices()[:2] == [Decimal(10)] * 2


def test_one_that_others_change_all_the_while_leaves_the_others_in_the_log(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamps(3)
    monkeypatch.setattr(bulk, "ATTEMPTS", 1)
    monkeypatch.setattr(bulk, "ATTEMPTS_ALONE", 1)
    reading = bulk._not_priced

    def while_another_writes(products: Any, by: Any) -> dict[str, str]:
        if "p001" in {product.sku for product in products}:
            Product.db().execute_command("JSON.SET", Product.key_of("p001"), "$.brand", '"Acme"')
        return reading(products, by)

    monkeypatch.setattr(bulk, "_not_priced", while_another_writes)
    answer = confirmed(editor, asked(editor, "reprice", "p000", "p001", "p002"), percent="10")
    assert said(answer)[0] == "1 product priced anew."
    assert prices() == [Decimal(11), Decimal(10), Decimal(10)]
    assert [entry.object_id for entry in LogEntry.objects.all()] == ["p000"]


def test_what_is_cut_short_between_its_work_and_its_log_is_in_the_log(
    editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamps(3)
    page, reprice = asked(editor, "reprice", "p000", "p002"), bulk.reprice

    def and_die(**told: Any) -> Any:
        reprice(**told)
        raise SystemExit

    monkeypatch.setattr(bulk, "reprice", and_die)
    with pytest.raises(SystemExit):
        confirmed(editor, page, percent="10")
    monkeypatch.setattr(bulk, "reprice", reprice)
    assert prices() == [Decimal(11), Decimal(10), Decimal(11)]
    confirmed(editor, page, percent="10")
    assert prices() == [Decimal(11), Decimal(10), Decimal(11)]
    logged = {entry.object_id: entry.change_message for entry in LogEntry.objects.all()}
    assert logged.keys() == {"p000", "p002"}
    assert {"percent: 10" in told and "begun" in told for told in logged.values()} == {True}


def test_indexing_anew_mends_what_search_reads(editor: Client) -> None:
    lamps(2)
    Product.db().execute_command("JSON.SET", Product.key_of("p001"), "$.x.cost", "999")
    confirmed(editor, asked(editor, "reindex", "p000", "p001"))
    dearest = editor.get(PRODUCTS, {"price_from": "900"}).context["cl"]
    assert dearest.result_count == 0


def test_chosen_rows_are_exported(editor: Client) -> None:
    lamps(3)
    answer = asked(editor, "export_chosen", "p000", "p002")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["sku", "p000", "p002"]


def test_a_hidden_review_is_neither_shown_nor_counted(editor: Client) -> None:
    lamps(1)
    for author, stars in (("1", 5), ("2", 1)):
        reviews.write(sku="p000", author_id=author, author="Ada", stars=stars, title=f"Said {stars}", text="Words")
    confirmed(editor, asked(editor, "hide", "p000:2", address=REVIEWS), REVIEWS)
    shop = Client().get("/product/p000/").content.decode()
    assert "Said 5" in shop
    assert "Said 1" not in shop
    (product,) = Product.find_many(["p000"])
    assert product is not None
    assert (product.rating, product.rating_count) == (5.0, 1)
    hidden = editor.get(REVIEWS, {"moderation": "hidden"}).context["cl"]
    assert [row.pk for row in hidden.result_list] == ["p000:2"]
    assert editor.get(REVIEWS, {"moderation": "shown"}).context["cl"].result_count == 1
    reviews.write(sku="p000", author_id="2", author="Ada", stars=1, title="Said again", text="Words")
    assert "Said again" not in Client().get("/product/p000/").content.decode()
    confirmed(editor, asked(editor, "show", "p000:2", address=REVIEWS), REVIEWS)
    assert "Said again" in Client().get("/product/p000/").content.decode()
    (product,) = Product.find_many(["p000"])
    assert product is not None
    assert (product.rating, product.rating_count) == (3.0, 2)


def test_who_may_only_look_is_offered_no_action_and_can_send_none() -> None:
    lamps(1)
    clerk = signed_in("view_product")
    assert 'value="reprice"' not in clerk.get(PRODUCTS).content.decode()
    sent = {"action": "reprice", "_selected_action": "p000", "confirmed": "yes", "expected": "1", "percent": "-50"}
    assert clerk.post(PRODUCTS, sent).status_code == 302
    assert clerk.post(PRODUCTS, sent | {"action": "delete_chosen"}).status_code == 302
    assert prices()[0] == Decimal(10)


def test_all_is_exported_however_much_matches(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lamps(1_234)
    monkeypatch.setattr("redismart.backoffice.exporting.DEEPEST", 1_000)
    answer = editor.get(f"{PRODUCTS}export.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
    assert len(lines) == 1_234
    assert {line.split(",")[0] for line in lines} == {f"p{number:03}" for number in range(1_234)}
    assert lines[0].split(",")[1].startswith("Lamp")


def test_a_product_s_page_shows_its_reviews_to_those_who_may_read_them(editor: Client) -> None:
    lamps(2)
    for sku in ("p000", "p001"):
        reviews.write(sku=sku, author_id="1", author="Ada", stars=4, title=f"Of {sku}", text="Bright")
    reviews.hide(review_ids=["p000:1"], hidden=True)
    page = editor.get(f"{PRODUCTS}p000/change/")
    assert [review.title for review, _pk in page.context["reviews"]] == ["Of p000"]
    assert "hidden" in page.content.decode()
    of_product = editor.get(REVIEWS, {"q": "p000"}).context["cl"]
    assert [row.pk for row in of_product.result_list] == ["p000:1"]
    clerk = signed_in("view_product", "change_product")
    assert "Of p000" not in clerk.get(f"{PRODUCTS}p000/change/").content.decode()
