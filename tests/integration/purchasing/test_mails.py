"""E-mails about orders: each once, with working links, in the buyer's way of writing."""

import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings

from catalog import operations as catalogue
from purchasing import keyspace, mails, orders, returning, tasks
from purchasing.models import Buyer, Fulfilment, Order
from purchasing.payments import State
from purchasing.watching import Watcher
from tests.catalogues import product
from tests.placed_orders import BROUGHT, STORE, TOKEN, Till, placed

pytestmark = pytest.mark.usefixtures("search_indexes", "till")
NUMBER = "US-000001"


def subjects() -> list[str]:
    return [str(sent.subject) for sent in mail.outbox]


def send(times: int = 1) -> None:
    for _time in range(times):
        tasks.look_after_order(number=NUMBER)


def test_each_step_is_told_once() -> None:
    placed()
    send(3)
    orders.ship(number=NUMBER, who="sam")
    send(3)
    orders.complete(number=NUMBER, who="sam")
    send(3)
    assert subjects() == [f"Your order {NUMBER}: thank you", f"Order {NUMBER} is on its way"]
    assert not orders.unfinished()


def test_ready_cancelled_and_refunded_are_told() -> None:
    placed(fulfilment=Fulfilment.PICKUP)
    orders.make_ready(number=NUMBER, who="sam")
    orders.complete(number=NUMBER, who="sam")
    for step in ("return-1", "return-2"):
        returning.request(number=NUMBER, step=step, quantities={"lamp": 1}, who="ada")
        returning.receive(number=NUMBER, step=step, who="sam")
    send(2)
    assert subjects()[1:] == [
        f"Order {NUMBER} is ready to be collected",
        *[f"Order {NUMBER}: sending something back"] * 2,
        *[f"Order {NUMBER}: we have paid you back"] * 2,
    ]
    assert "$22.00" in str(mail.outbox[-1].body)


def test_each_step_offers_what_can_still_be_done() -> None:
    placed()
    send()
    placed("US-000002")
    orders.cancel(number="US-000002", who="ada")
    orders.ship(number=NUMBER, who="sam")
    send()
    tasks.look_after_order(number="US-000002")
    for sent in mail.outbox:
        assert isinstance(sent, EmailMultiAlternatives)
        said = "thank you" in sent.subject, "is cancelled" not in sent.subject
        for text in (str(sent.body), str(sent.alternatives[0][0])):
            assert ("cancel it or" in text, "send something back" in text) == said
    assert len(mail.outbox) == 4


@pytest.mark.parametrize("fulfilment", [Fulfilment.PICKUP, Fulfilment.CURBSIDE])
def test_what_is_collected_is_collected_at_its_store_wherever_it_comes_from(fulfilment: Fulfilment) -> None:
    placed(fulfilment=fulfilment, address=STORE, parcels=BROUGHT)
    orders.make_ready(number=NUMBER, who="sam")
    send()
    for sent, said in zip(mail.outbox, ("Ready by Nov 27, 2026, at ", "at "), strict=True):
        assert isinstance(sent, EmailMultiAlternatives)
        for text in (str(sent.body), str(sent.alternatives[0][0])):
            assert f"{said}Downtown, 36 Rivet Square, Detroit" in text
            # It is neither the store that is greeted, nor is anything fetched where it only comes from.
            assert "Hello Downtown" not in text
            assert "Columbus" not in text


def test_nobody_is_thanked_before_the_money_has_come(till: Till) -> None:
    made = placed(paid=False)
    send()
    assert not subjects()
    orders.paid(number=NUMBER)
    send()
    assert subjects() == [f"Your order {NUMBER}: thank you"]
    unpaid = placed("US-000002", paid=False)
    till.states[unpaid.payment.key] = State.CANCELLED
    orders.cancel(number=unpaid.number, who="shop")
    tasks.look_after_order(number=unpaid.number)
    assert subjects()[1:] == [f"Order {unpaid.number} is cancelled"]
    sent = mail.outbox[-1]
    assert isinstance(sent, EmailMultiAlternatives)
    for text in (str(sent.body), str(sent.alternatives[0][0])):
        assert "Nothing is charged for it." in text
        assert "goes back to" not in text
    assert made.number not in orders.unfinished()


def test_a_cancelled_order_says_what_is_left_to_go_back() -> None:
    placed()
    orders.refund(number=NUMBER, step="late", amount=Decimal("4.50"), who="sam")
    orders.cancel(number=NUMBER, who="ada")
    send()
    cancelled = next(sent for sent in mail.outbox if "cancelled" in sent.subject)
    assert "$100.00 goes back" in str(cancelled.body)


def test_a_cancelled_order_says_what_goes_back() -> None:
    placed()
    orders.cancel(number=NUMBER, who="ada")
    send()
    assert subjects()[-1] == f"Order {NUMBER} is cancelled"
    assert "$104.50 goes back to •••• 4242" in str(mail.outbox[-1].body)


def test_text_and_html_say_the_same_and_escape_what_must_be() -> None:
    placed()
    with override_settings(PUBLIC_URL="https://shop.example"):
        send()
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    assert "Lamp & Shade" in str(sent.body)
    assert "Rug <b>red</b>" in str(sent.body)
    assert "Rug &lt;b&gt;red&lt;/b&gt;" in html
    for text in (str(sent.body), html):
        assert f"https://shop.example/order/{NUMBER}/{TOKEN}/" in text
        assert "$104.50" in text
    assert sent.to == ["ada@example.com"]


def test_money_is_written_as_the_buyer_writes_it() -> None:
    placed(buyer=Buyer(email="ada@example.com", locale="de_DE"))
    send()
    assert "104,50\xa0$" in str(mail.outbox[0].body)


def test_a_mail_program_that_drops_style_sheets_shows_it_as_meant_and_fetches_nothing() -> None:
    placed()
    send()
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    styles, inlined = re.findall(r"<style>(.*?)</style>", html, re.DOTALL), re.findall(r'<a [^>]*style="([^"]*)"', html)
    assert [style.strip().split(" {")[0] for style in styles] == ["@media (prefers-color-scheme: dark)"]
    assert any("background: #1c1714" in style for style in inlined)
    assert not re.search(r"<(img|link|script)|url\(|@import", html)


def test_many_workers_send_one_mail() -> None:
    placed()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: send(), range(8)))
    assert subjects() == [f"Your order {NUMBER}: thank you"]


def test_the_schedule_sends_what_was_never_ordered() -> None:
    placed()
    placed("US-000002", buyer=Buyer(email="bob@example.com"))
    tasks.look_after_orders()
    tasks.look_after_orders()
    assert sorted(sent.to[0] for sent in mail.outbox) == ["ada@example.com", "bob@example.com"]


def test_without_an_address_nobody_is_told() -> None:
    placed(buyer=Buyer())
    send()
    assert not mail.outbox
    assert not orders.unfinished()


def test_a_mail_server_that_is_away_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    placed()
    tried: list[int] = []

    def away(*_arguments: Any, **_options: Any) -> None:
        tried.append(1)
        raise SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(mails, "send", away)
        send(3)
    assert len(tried) == 1
    assert orders.unfinished() == [NUMBER]
    mark = keyspace.once(f"mail:checkout-of-{NUMBER}:placed")
    assert 0 < Order.db().ttl(mark) <= mails.CLAIM_SECONDS
    Order.db().delete(mark)
    send(2)
    assert len(mail.outbox) == 1


def test_an_address_that_is_refused_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    placed()

    def refused(*_arguments: Any, **_options: Any) -> None:
        raise SMTPRecipientsRefused({})

    monkeypatch.setattr(mails, "send", refused)
    send()
    assert not orders.unfinished()


def test_a_crash_after_sending_sends_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    placed()

    def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(mails, "_note", dies)
        with pytest.raises(KeyboardInterrupt):
            send()
    send(2)
    assert len(mail.outbox) == 1
    assert not orders.unfinished()


def test_a_name_cannot_write_headers() -> None:
    placed()
    send()
    headers = mail.outbox[0].message()
    assert headers["Message-ID"] == f"<checkout-of-{NUMBER}.placed@localhost>"
    assert headers["From"] == "RedisMart <shop@localhost>"


def test_a_number_that_comes_again_gets_its_own_mails() -> None:
    for checkout in ("first", "second"):
        made = placed(checkout_id=f"checkout-the-{checkout}")
        send(2)
        Order.db().delete(made.key())
    assert subjects() == [f"Your order {NUMBER}: thank you"] * 2
    assert len({sent.message()["Message-ID"] for sent in mail.outbox}) == 2


@pytest.mark.parametrize("breaks", ["\r\nBcc: eve@example.com", "\n\n<b>", "\u2028x", "\x00\x1b[0m"])
def test_no_name_of_a_product_breaks_out_of_the_subject(breaks: str) -> None:
    catalogue.save_products(products=[product("lamp", name=f"Lamp{breaks}")])
    mails.send_back(Watcher("lamp", "ada@example.com"))
    (sent,) = mail.outbox
    assert sent.recipients() == ["ada@example.com"]
    assert str(sent.subject).startswith("Lamp")
    assert str(sent.subject).isprintable()


def test_one_order_in_trouble_keeps_no_other_waiting(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    placed()
    placed("US-000002")
    whole = mails.send_untold

    def fails(*, number: str) -> None:
        if number == NUMBER:
            raise RuntimeError
        whole(number=number)

    monkeypatch.setattr(mails, "send_untold", fails)
    tasks.look_after_orders()
    assert orders.unfinished() == [NUMBER]
