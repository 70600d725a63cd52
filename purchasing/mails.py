"""E-mails to shoppers: each kind is sent once per order, however often it is asked for.

A mail is claimed before it is sent and noted in its order afterwards. Only a process that dies between handing a mail
over and noting that leaves it to be sent once more; its Message-ID is the same then. Both name the order by its
checkout: a number may come again when its node goes back to older data, and that order's mails are others.
"""

from email.headerregistry import Address as Mailbox
from smtplib import SMTPRecipientsRefused
from typing import Any

import structlog
from css_inline import CSSInliner
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from catalog.api import names
from inventory.api import all_locations
from purchasing import confirming, keyspace, progress, refunds, stored
from purchasing.models import CANCELLATION, Notice, Order
from purchasing.watching import Watcher

CLAIM_SECONDS = 300
"""Whoever has claimed a mail and is not done by then has died: somebody else may send it."""

MARK_SECONDS = 90 * 86_400
SENDING, SENT = "sending", "sent"
SUBJECTS = {
    Notice.PLACED: "Your order {number}: thank you",
    Notice.READY: "Order {number} is ready to be collected",
    Notice.SHIPPED: "Order {number} is on its way",
    Notice.CANCELLED: "Order {number} is cancelled",
    Notice.RETURN_REQUESTED: "Order {number}: sending something back",
    Notice.RETURN_REFUSED: "Order {number}: we cannot take this back",
    Notice.REFUNDED: "Order {number}: we have paid you back",
}
STYLED = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
"""Writes style sheets into the elements: many mail programs read no others. What is for the dark stays in the head."""

WATCH_SUBJECT = "Shall we tell you when it is back?"

log = structlog.get_logger(__name__)


def send_untold(*, number: str) -> None:
    """Send whatever the order's shopper has not been told yet."""
    order = Order.read(number)
    for kind in order.untold:
        _send_once(order, kind)


def send(*, to: str, subject: str, template: str, context: dict[str, Any], identity: str = "") -> None:
    """Send one e-mail, as text and as HTML, from ``mail/<template>.txt`` and ``.html``."""
    text = render_to_string(f"mail/{template}.txt", context)
    headers = {"Message-ID": f"<{identity}@{_domain()}>"} if identity else {}
    mail = EmailMultiAlternatives(_in_one_line(subject), text.strip() + "\n", to=[to], headers=headers)
    mail.attach_alternative(STYLED.inline(render_to_string(f"mail/{template}.html", context)), "text/html")
    mail.send()


def send_back(watcher: Watcher) -> None:
    """Tell somebody that what they wait for is back. A product that is gone is not told of."""
    known = names(skus=[watcher.sku])
    if watcher.sku not in known:
        return
    context = {"name": known[watcher.sku], "place": _place(watcher), "link": link("product", watcher.sku)}
    context |= {"shop": settings.PUBLIC_URL, "reader_locale": watcher.locale}
    try:
        send(to=watcher.email, subject=f"{known[watcher.sku][:100]} is back", template="back", context=context)
    except SMTPRecipientsRefused:
        log.warning("mail_refused", sku=watcher.sku)


def send_confirmation(watcher: Watcher) -> None:
    """Ask whoever an address belongs to whether they want to be told: once for a wish, while the link is good."""
    mark, known = keyspace.once(f"ask:{watcher.mark}"), names(skus=[watcher.sku])
    if watcher.sku not in known or not Order.db().set(mark, SENDING, nx=True, ex=CLAIM_SECONDS):
        return
    context = {"name": known[watcher.sku], "place": _place(watcher), "hours": confirming.LINK_SECONDS // 3_600}
    context |= {"link": link("watch_confirm", confirming.token_of(watcher))}
    context |= {"shop": settings.PUBLIC_URL, "reader_locale": watcher.locale}
    try:
        send(to=watcher.email, subject=WATCH_SUBJECT, template="watch", context=context)
    except SMTPRecipientsRefused:
        log.warning("mail_refused", sku=watcher.sku)
    Order.db().set(mark, SENT, ex=confirming.LINK_SECONDS)


def link(name: str, *arguments: str) -> str:
    """The whole address of a page, as it stands in e-mails: never from what a visitor's request says."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=arguments)}"


def _send_once(order: Order, kind: str) -> None:
    mark = keyspace.once(f"mail:{order.checkout_id}:{kind}")
    claimed = Order.db().set(mark, SENDING, nx=True, ex=CLAIM_SECONDS)
    if not claimed and Order.db().get(mark) != SENT:
        return
    if claimed:
        try:
            _send(order, kind)
        except Exception:
            # It is left to be claimed later, so that a mail server in trouble is not asked by every task.
            log.warning("mail_not_sent", order=order.number, kind=kind, exc_info=True)
            return
        Order.db().set(mark, SENT, ex=MARK_SECONDS)
    _note(order.number, kind)


def _send(order: Order, kind: str) -> None:
    notice, _, named = kind.partition(":")
    step = named or CANCELLATION
    returned = next((each for each in order.returns if each.step == step), None)
    context = {
        "order": order,
        "kind": notice,
        "store": progress.store(order),
        "promised": progress.promised(order),
        "returned": returned,
        "senders": refunds.senders(order, returned.quantities) if returned else (),
        "names": {item.sku: item.name for item in order.items},
        "settled": next((each for each in order.settlements if each.step == step), None),
        "link": link("order", order.number, order.token),
        "shop": settings.PUBLIC_URL,
        "reader_locale": order.buyer.locale,
    }
    subject = SUBJECTS[Notice(notice)].format(number=order.number)
    identity = f"{order.checkout_id}.{kind.replace(':', '.')}"
    try:
        send(to=order.buyer.email, subject=subject, template="order", context=context, identity=identity)
    except SMTPRecipientsRefused:
        log.warning("mail_refused", order=order.number, kind=kind)


def _note(number: str, kind: str) -> None:
    def decide(order: Order) -> Order | None:
        if kind in order.told:
            return None
        noted: Order = order.model_copy(update={"told": (*order.told, kind)})
        return noted

    stored.change(lambda: Order.read(number), decide)


def _place(watcher: Watcher) -> str:
    """What the store is called that somebody waits for; empty for any."""
    return next((each.name for each in all_locations() if each.id == watcher.location), "")


def _in_one_line(subject: str) -> str:
    """What a header can hold, whatever a product is called: no line breaks, nothing that is not shown."""
    return "".join(letter for letter in " ".join(subject.split()) if letter.isprintable())


def _domain() -> str:
    return Mailbox(addr_spec=settings.MAIL_ADDRESS).domain
