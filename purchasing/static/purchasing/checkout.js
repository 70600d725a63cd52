// The clock of a hold, and a button that is pressed once. The server decides both; this only shows it.
const hold = document.querySelector("[data-hold]");
const announcer = document.querySelector("#announcer");
const WARNINGS = new Map([[300, "5 minutes"], [60, "1 minute"]]);

if (hold) {
  const clock = hold.querySelector("[data-clock]");
  // Counted from when the page came, so that a wrong clock on the visitor's side does not matter.
  const end = performance.now() + Number(hold.dataset.left) * 1000;
  let said = Number(hold.dataset.left);

  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    hold.toggleAttribute("data-soon", left <= 120);
    for (const [at, words] of WARNINGS) {
      if (said > at && left <= at) announcer.textContent = `Your items are kept for another ${words}.`;
    }
    said = left;
    if (left) return;
    clearInterval(timer);
    // A moment later, so that the server's clock has come there too.
    setTimeout(() => location.replace(hold.dataset.url), 1000);
  };
  const timer = setInterval(tick, 1000);
  tick();
}

const form = document.querySelector("[data-pay]");
form?.addEventListener("submit", (event) => {
  const button = form.querySelector("[data-pay-now]");
  if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
  if (event.defaultPrevented) return;
  button.setAttribute("aria-busy", "true");
  announcer.textContent = "Your payment is on its way.";
});

// A page from the browser's history may be long out of date.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
