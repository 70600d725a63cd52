// Stripe's own field for the card: what is typed there goes to Stripe, and the shop gets a token.
const form = document.querySelector("[data-stripe]");
const error = form.querySelector("[data-card-error]");
const source = form.querySelector("[name=source]");
const style = getComputedStyle(form);
const stripe = window.Stripe(form.dataset.stripe);
const card = stripe.elements().create("card", { style: { base: { color: style.color, fontSize: "16px" } } });
card.mount(form.querySelector("[data-card]"));
// A form that was refused comes back with the card that it was sent with, and with an empty field for the next.
source.value = "";

form.addEventListener("submit", async (event) => {
  if (source.value) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const email = form.querySelector("[name=email]").value;
  const made = await stripe.createPaymentMethod({ type: "card", card, billing_details: { email } });
  error.hidden = !made.error;
  if (made.error) {
    error.textContent = made.error.message;
    return;
  }
  source.value = made.paymentMethod.id;
  form.requestSubmit();
}, { capture: true });
