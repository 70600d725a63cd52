// The cart: says what happened where nothing on the page would show it, and keeps two changes apart.
const DONE_MS = 2000;
const SHOWN_MS = 8000;

// A list's buttons stand outside of the form that they send.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const button = detail.triggeringEvent?.submitter;
  if (detail.elt.id === "quick-add" && button) detail.formData.set(button.name, button.value);
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const button = detail.requestConfig.triggeringEvent?.submitter;
  if (detail.elt.id !== "quick-add" || !button || !detail.successful) return;
  const refused = new DOMParser().parseFromString(detail.xhr.responseText, "text/html").querySelector(".error");
  if (refused) return show(refused.textContent);
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, DONE_MS);
});

// Until the answer is there nothing more is typed: it would be about a quantity that the page does not know yet.
const fields = () => document.querySelectorAll("#cart .quantity");
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.closest("#cart")) for (const field of fields()) field.readOnly = true;
});

// One more, one fewer: as if it had been typed. Several presses in a row are sent as one.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("#cart [data-by]");
  const field = button?.parentElement.querySelector(".quantity");
  if (!field || field.readOnly) return;
  field.value = Math.min(Math.max(Number(field.value) + Number(button.dataset.by), 1), Number(field.max));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id !== "cart" || document.activeElement !== document.body) return;
  document.getElementById("cart-title").focus({ preventScroll: true });
});

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => {
    if (!detail.elt.closest("#quick-add, #cart, [data-add-form]")) return;
    for (const field of fields()) field.readOnly = false;
    const said = detail.xhr?.status === 403 ? "This page is out of date: reload it and try again." : "That did not work: nothing was changed. Try again in a moment.";
    document.getElementById("announcer").textContent = said;
    show(said);
  });
}

// Seen only: the announcer has said it to those who listen.
function show(said) {
  document.querySelector(".cart-toast")?.remove();
  const toast = document.createElement("p");
  toast.className = "cart-toast";
  toast.setAttribute("aria-hidden", "true");
  toast.textContent = said;
  document.body.append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}
