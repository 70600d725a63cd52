"""Addresses of purchasing's pages."""

from django.urls import path

from purchasing.views import accounts, addresses, cart, checkout, notices, orders, places, reviews, watching

urlpatterns = [
    path("cart/", cart.page, name="cart"),
    path("cart/add/", cart.add, name="cart_add"),
    path("cart/change/", cart.change, name="cart_change"),
    path("cart/remove/", cart.remove, name="cart_remove"),
    path("cart/prices/", cart.acknowledge, name="cart_prices"),
    path("place/", places.place, name="place"),
    # Checkout
    path("checkout/", checkout.start, name="checkout_start"),
    path("checkout/<slug:checkout_id>/", checkout.step, name="checkout"),
    path("checkout/<slug:checkout_id>/pay/", checkout.pay, name="checkout_pay"),
    path("checkout/<slug:checkout_id>/give-up/", checkout.give_up, name="checkout_give_up"),
    path("payments/stripe/", notices.stripe, name="stripe_notices"),
    # Accounts and orders
    path("account/", accounts.account, name="account"),
    path("account/sign-in/", accounts.sign_in, name="sign_in"),
    path("account/sign-up/", accounts.sign_up, name="sign_up"),
    path("account/sign-out/", accounts.sign_out, name="sign_out"),
    path("account/password/", accounts.password_change, name="password_change"),
    path("account/password/forgotten/", accounts.password_reset, name="password_reset"),
    path("account/password/<uidb64>/<token>/", accounts.password_set, name="password_set"),
    path("account/addresses/", addresses.addresses, name="addresses"),
    path("account/addresses/<slug:key>/", addresses.address, name="address"),
    path("account/addresses/<slug:key>/remove/", addresses.remove_address, name="remove_address"),
    path("account/addresses/<slug:key>/prefer/", addresses.prefer_address, name="prefer_address"),
    path("account/orders/", orders.history, name="orders"),
    path("account/orders/<slug:number>/", orders.account_order, name="account_order"),
    path("order/<slug:number>/<slug:token>/", orders.order, name="order"),
    path("order/<slug:number>/<slug:token>/cancel/", orders.cancel, name="cancel_order"),
    path("order/<slug:number>/<slug:token>/return/", orders.ask_return, name="return_order"),
    path("order/<slug:number>/<slug:token>/review/<path:sku>/", reviews.review, name="review"),
    path("watching/<str:token>/", watching.confirm, name="watch_confirm"),
    path("watch/<path:sku>/", watching.watch, name="watch"),
]
