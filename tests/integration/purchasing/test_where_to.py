"""A shopper says where the goods go, and gets what was shown, or is told what has changed."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from inventory import holds
from inventory.api import Line, Operation
from purchasing import access
from purchasing.addressbooks import MOST
from purchasing.models import Address, AddressBook, Checkout, Fulfilment, Stage
from purchasing.views import choosing
from tests.checkouts import CHECKOUT, begun
from tests.integration.purchasing.conftest import Stocked
from tests.markup import elements

pytestmark = pytest.mark.usefixtures("opened")
PAGE = f"/checkout/{CHECKOUT}/"
COLLECT = {"how": "collect", "place": "Lincoln, IL"}
ADDRESS = {"name": "Ada", "street": "1 Elm St", "city": "Springfield", "state": "IL", "postcode": "62701"}
ADA = Address(**ADDRESS, country="US")
ALWAYS = {day: ["00:00", "24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


@pytest.fixture(autouse=True)
def _shop() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.where_to_shop"):
        yield


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found.group(1)


def deliver(visitor: Client, **fields: str) -> tuple[int, str]:
    told = {"how": "deliver", "country": "US", "action": "options"} | ADDRESS | fields
    response = visitor.post(PAGE, told)
    return response.status_code, response.content.decode()


def test_an_address_leads_to_methods_with_cost_and_day(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 5})
    begun({"lamp": 2}, price="24.00")
    status, html = deliver(visitor)
    assert status == 200
    assert re.findall(r'data-cost="([^"]*)"', html) == ["4.90", "14.90"]
    assert "$4.90" in html
    assert "from RedisMart near" in html
    begun_at_fifty = Checkout.read(CHECKOUT).items[0].model_copy(update={"price": Decimal(25)})
    Checkout.read(CHECKOUT).model_copy(update={"items": (begun_at_fifty,)}).replaced()
    assert "Free" in deliver(visitor)[1]


@pytest.mark.parametrize(("lat", "said"), [(40.2, ["express"]), (52.0, [])])
def test_a_dearer_method_that_is_no_sooner_says_so(
    visitor: Client, stocked: Stocked, lat: float, said: list[str]
) -> None:
    stocked("sends", lat, {"lamp": 5})
    begun({"lamp": 2})
    methods = deliver(visitor)[1].split('data-method="')[1:]
    assert [each.partition('"')[0] for each in methods] == ["standard", "express"]
    told = [each.partition("</label>")[0] for each in methods]
    assert [each.partition('"')[0] for each in told if "no sooner than Standard" in each] == said


def test_what_is_wrong_with_an_address_is_tied_to_its_field(visitor: Client) -> None:
    begun({"lamp": 2})
    response = visitor.post(PAGE, {"how": "deliver", "country": "US", "action": "options"} | ADDRESS | {"name": ""})
    fields = {field["id"]: field for field in elements(response, "maxlength") if "id" in field}
    assert fields["id_name"]["aria-invalid"] == "true"
    assert fields["id_name"]["aria-describedby"] == "id_name-error"
    assert [name for name, field in fields.items() if "aria-invalid" in field] == ["id_name"]
    assert "required" in fields["id_street"]


def test_what_was_seen_is_chosen(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 5})
    begun({"lamp": 2})
    seen = hidden(deliver(visitor)[1], "seen-express")
    status, _html = deliver(visitor, action="deliver", method="express", **{"seen-express": seen})
    assert status == 302
    found = Checkout.read(CHECKOUT)
    assert (found.fulfilment, found.method, found.address) == (Fulfilment.DELIVERY, "express", ADA)
    assert [(each.location, each.quantities) for each in found.parcels] == [("near", {"lamp": 2})]
    assert found.totals is not None
    assert (found.stage, found.totals.delivery) == (Stage.HELD, Decimal("14.90"))


def test_what_has_changed_since_is_shown_before_it_is_chosen(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2})
    stocked("far", 44.0, {"lamp": 1})
    begun({"lamp": 2})
    seen = hidden(deliver(visitor)[1], "seen-standard")
    holds.hold(lines=[Line("near", "lamp", 1)], operation=Operation("other", region="us"))
    status, html = deliver(visitor, action="deliver", method="standard", **{"seen-standard": seen})
    assert status == 409
    assert "changed meanwhile" in html
    assert "2 parcels" in html
    assert Checkout.read(CHECKOUT).fulfilment is None


def test_who_comes_back_may_have_the_units_that_are_held_for_them(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2}, hours=ALWAYS)
    begun({"lamp": 2})
    seen = hidden(deliver(visitor)[1], "seen-express")
    deliver(visitor, action="deliver", method="express", **{"seen-express": seen})
    assert 'data-whole="true"' in visitor.get(PAGE, COLLECT).content.decode()
    status, html = deliver(visitor)
    assert status == 200
    seen = hidden(html, "seen-standard")
    assert deliver(visitor, action="deliver", method="standard", **{"seen-standard": seen})[0] == 302
    assert Checkout.read(CHECKOUT).method == "standard"


def test_nobody_keeps_goods_from_others_without_end(
    visitor: Client, stocked: Stocked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_HOLDS", 2)
    stocked("near", 40.2, {"lamp": 9})
    begun({"lamp": 2})
    seen = hidden(deliver(visitor)[1], "seen-standard")
    told = {"action": "deliver", "method": "standard", "seen-standard": seen}
    assert [deliver(visitor, **told)[0] for _time in range(3)] == [302, 302, 429]
    assert "try again in a quarter of an hour" in deliver(visitor, **told)[1]


def test_who_has_signed_in_is_not_stopped_by_neighbours(
    visitor: Client, stocked: Stocked, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "MOST_HOLDS", 2)
    monkeypatch.setattr(access, "ACCOUNTS_OF_A_LINE", 2)
    stocked("near", 40.2, {"lamp": 9})
    begun({"lamp": 2})
    seen = hidden(deliver(visitor)[1], "seen-standard")
    told = {"action": "deliver", "method": "standard", "seen-standard": seen}
    assert [deliver(visitor, **told)[0] for _time in range(3)] == [302, 302, 429]
    visitor.force_login(admin_user)
    assert [deliver(visitor, **told)[0] for _time in range(3)] == [302, 302, 429]
    for name, answer in (("bea", 302), ("cid", 429)):
        visitor.force_login(User.objects.create(username=name))
        assert deliver(visitor, **told)[0] == answer


@pytest.mark.parametrize("cost", ["0", "0|2026-01-01|1", ""])
def test_a_cost_from_the_client_is_worth_nothing(visitor: Client, stocked: Stocked, cost: str) -> None:
    stocked("near", 40.2, {"lamp": 2})
    begun({"lamp": 2})
    assert deliver(visitor, action="deliver", method="standard", **{"seen-standard": cost})[0] == 409
    assert deliver(visitor, action="deliver", method="<b>")[0] == 422
    assert Checkout.read(CHECKOUT).fulfilment is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Name is needed"),
        ({"postcode": "123"}, "five digits"),
        ({"postcode": ""}, "five digits"),
        ({"state": ""}, "State or province is needed"),
        ({"country": "XX"}, "do not know this country"),
        ({"country": "DE", "postcode": ""}, "Postcode is needed"),
        ({"country": "AQ", "postcode": "1"}, "check town and country"),
        ({"street": "x" * 1_000}, "at most 200"),
    ],
)
def test_an_address_that_cannot_be_says_why(
    visitor: Client, stocked: Stocked, wrong: dict[str, str], said: str
) -> None:
    stocked("near", 40.2, {"lamp": 2})
    begun({"lamp": 1})
    status, html = deliver(visitor, **wrong)
    assert status == 422
    assert said in html
    assert "<script>alert" not in deliver(visitor, name="<script>alert(1)</script>")[1]


def test_what_is_short_is_said_by_name(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2})
    stocked("shows", 40.3, {"lamp": 1, "desk": 1}, services=["pickup"])
    begun({"lamp": 3, "desk": 1})
    status, html = deliver(visitor)
    assert status == 409
    assert "The lamp</b>: 2 of 3 can be sent today" in html
    assert "The desk</b>: none can be sent today" in html
    assert "data-later" in html


def test_an_account_is_offered_its_addresses(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 5})
    other = ADA.model_copy(update={"name": "Bo", "street": "9 Oak"})
    AddressBook(user="7", addresses=(ADA, other)).replaced()
    begun({"lamp": 1}, user="7")
    html = visitor.get(PAGE).content.decode()
    assert 'value="1 Elm St"' in html
    assert "data-method" in html
    chosen = visitor.get(f"{PAGE}?address=1")
    assert 'value="9 Oak"' in chosen.content.decode()
    assert [each["data-saved"] for each in elements(chosen, "data-saved") if "aria-current" in each] == ["1"]
    assert 'value="1 Elm St"' in visitor.get(f"{PAGE}?address=99").content.decode()


def test_an_account_may_keep_the_address_that_it_has_typed(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 5})
    begun({"lamp": 1}, user="7")
    told = {"how": "deliver", "country": "US", "action": "options"} | ADDRESS
    shown = visitor.post(PAGE, told)
    assert "checked" in elements(shown, "data-keep")[0]
    seen = hidden(shown.content.decode(), "seen-standard")
    choice = {"action": "deliver", "method": "standard", "seen-standard": seen}
    assert deliver(visitor, **choice)[0] == 302
    assert AddressBook.get_or_none("7") is None
    for _time in range(2):
        assert deliver(visitor, **choice, keep="1")[0] == 302
    assert AddressBook.read("7").addresses == (ADA,)
    assert not elements(visitor.post(PAGE, told), "data-keep")


def test_a_full_book_keeps_nobody_from_buying(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 5})
    full = tuple(ADA.model_copy(update={"street": f"{number} Oak"}) for number in range(MOST))
    AddressBook(user="7", addresses=full).replaced()
    begun({"lamp": 1}, user="7")
    seen = hidden(deliver(visitor)[1], "seen-standard")
    assert deliver(visitor, action="deliver", method="standard", keep="1", **{"seen-standard": seen})[0] == 302
    assert AddressBook.read("7").addresses == full


def test_a_guest_keeps_no_address(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 5})
    begun({"lamp": 1})
    _status, html = deliver(visitor)
    assert "data-keep" not in html
    seen = hidden(html, "seen-standard")
    assert deliver(visitor, action="deliver", method="standard", keep="1", **{"seen-standard": seen})[0] == 302
    assert not list(AddressBook.db().scan_iter(match=f"{AddressBook.key_of('')}*"))


def test_stores_are_listed_around_a_town(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2}, hours=ALWAYS)
    stocked("far", 40.5, {"lamp": 2, "desk": 1}, hours=ALWAYS)
    begun({"lamp": 2, "desk": 1})
    html = visitor.get(PAGE, COLLECT).content.decode()
    assert re.findall(r'data-store="(\w+)" data-complete="(\d)"', html) == [("far", "2"), ("near", "1")]
    assert re.search(r"All 2 items (today|tomorrow), from", html)
    assert re.search(r"1 of 2 (today|tomorrow)", html)
    assert "Stores near Lincoln" in html
    assert "The rest can be there" in html
    assert html.count("map-pin ") + html.count('map-pin"') >= 2
    assert re.search(r"\d mi\b", html)
    assert "km" in visitor.get(PAGE, COLLECT, HTTP_ACCEPT_LANGUAGE="de-DE").content.decode()


def test_a_store_that_has_nothing_of_it_says_when_all_can_be_there(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 44.5, {}, hours=ALWAYS)
    stocked("far", 45.5, {"lamp": 2, "desk": 1}, hours=ALWAYS, services=["delivery"])
    begun({"lamp": 2, "desk": 1})
    html = visitor.get(PAGE, COLLECT).content.decode()
    assert "The nearest stores to Lincoln" in html
    assert re.search(r"Not there (today|tomorrow)", html)
    assert "All of it can be there" in html
    assert "0 of 2" not in html


def test_the_step_says_what_it_is_about_and_lets_a_guest_sign_in(visitor: Client) -> None:
    begun({"lamp": 2, "desk": 1}, price="24.50")
    shown = visitor.get(PAGE)
    assert elements(shown, "data-goods")[0]["data-goods"] == "73.50"
    assert "3 items" in shown.content.decode()
    assert elements(shown, "data-sign-in")[0]["href"] == f"/account/sign-in/?next={PAGE}"


def test_nobody_who_is_signed_in_is_asked_to_sign_in(visitor: Client) -> None:
    begun({"lamp": 1}, user="7")
    assert not elements(visitor.get(PAGE), "data-sign-in")


def test_whoever_has_sent_an_address_goes_on_at_what_comes_next(visitor: Client, stocked: Stocked) -> None:
    """On a phone the methods are far below the address: the browser goes to what has the focus."""
    stocked("near", 40.2, {"lamp": 5})
    begun({"lamp": 2})
    told = {"how": "deliver", "country": "US", "action": "options"} | ADDRESS
    assert [each["value"] for each in elements(visitor.post(PAGE, told), "autofocus")] == ["standard"]
    wrong = visitor.post(PAGE, told | {"street": "", "city": ""})
    assert [each["name"] for each in elements(wrong, "autofocus")] == ["street"]
    assert not elements(visitor.get(PAGE), "autofocus")


def test_a_store_is_chosen_with_what_others_bring(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2}, hours=ALWAYS)
    stocked("far", 40.5, {"desk": 1}, hours=ALWAYS)
    begun({"lamp": 2, "desk": 1})
    html = visitor.get(PAGE, COLLECT).content.decode()
    chosen = {name: hidden(html[html.index('data-store="near"') :], name) for name in ("store", "service", "seen")}
    where = {name: hidden(html[html.index('data-store="near"') :], name) for name in ("lat", "lon")}
    assert visitor.post(PAGE, {"how": "collect"} | chosen | where).status_code == 302
    found = Checkout.read(CHECKOUT)
    assert found.fulfilment == Fulfilment.PICKUP
    assert [(each.location, each.brought_to) for each in found.parcels] == [("near", ""), ("far", "near")]
    assert found.address is not None
    assert (found.address.name, found.address.city) == ("RedisMart near", "Springfield")
    assert 'aria-current="page" data-way="collect"' in visitor.get(PAGE).content.decode()


def test_a_store_that_was_not_shown_so_is_not_chosen(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2}, hours=ALWAYS)
    begun({"lamp": 2})
    wanted = {"how": "collect", "place": "Lincoln, IL", "service": "pickup"}
    assert visitor.post(PAGE, wanted | {"store": "near", "seen": "0|2020-01-01|1"}).status_code == 409
    assert visitor.post(PAGE, wanted | {"store": "nowhere", "seen": ""}).status_code == 422
    assert visitor.post(PAGE, wanted | {"store": "near", "service": "curbside"}).status_code == 422
    assert Checkout.read(CHECKOUT).fulfilment is None


def test_several_towns_of_a_name_are_offered(visitor: Client, stocked: Stocked) -> None:
    begun({"lamp": 1})
    html = visitor.get(PAGE, {"how": "collect", "place": "Springfield"}).content.decode()
    assert "Springfield, IL, United States" in html
    assert "data-no-stores" in html


def test_the_place_is_remembered(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2}, hours=ALWAYS)
    begun({"lamp": 1})
    visitor.get(PAGE, COLLECT)
    assert 'data-store="near"' in visitor.get(f"{PAGE}?how=collect").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"place": "x" * 50_000},
        {"place": "\x00\ud800".encode("utf-16", "surrogatepass").decode("latin-1")},
        {"place": "<script>alert(1)</script>"},
        {"lat": "nan", "lon": "1e999"},
        {"lat": "91", "lon": "181"},
        {"lat": "x" * 9_999, "lon": ""},
        {"service": "teleport", "place": "Paris"},
        {"place": "Lincoln, IL", "service": "delivery"},
        {"address": "²"},
    ],
)
def test_nothing_that_is_asked_breaks_the_page(visitor: Client, query: dict[str, str]) -> None:
    begun({"lamp": 1})
    response = visitor.get(PAGE, {"how": "collect"} | query)
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    visitor.cookies["place"] = "%7B%22lat%22%3A[]"
    assert visitor.get(f"{PAGE}?how=collect").status_code == 200


def test_the_debug_view_shows_the_geo_query(visitor: Client, stocked: Stocked) -> None:
    stocked("near", 40.2, {"lamp": 2})
    begun({"lamp": 1})
    with override_settings(DEBUG_VIEW=True):
        html = visitor.get(PAGE, COLLECT).content.decode()
    assert "geodistance" in html
    assert "FT.AGGREGATE" in html


@pytest.mark.parametrize("name", ["name", "street", "city", "country"])
def test_an_address_is_written_in_one_line_each(visitor: Client, stocked: Stocked, name: str) -> None:
    stocked("near", 40.2, {"lamp": 2})
    begun({"lamp": 2})
    status, html = deliver(visitor, **{name: "Ada\x07 Elm"})
    assert (status, "without control characters" in html) == (422, True)
