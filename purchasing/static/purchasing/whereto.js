// "Use my location": asks the browser, and says clearly what to do when it does not tell.
const form = document.querySelector("[data-place-form]");
const button = form?.querySelector("[data-locate]");
const said = form?.querySelector("[data-locate-said]");
const INSTEAD = "Type a town or a postcode instead.";
const REASONS = {
  1: `You, or your browser, decided not to tell us where you are. ${INSTEAD}`,
  2: `Your device does not know where it is just now. ${INSTEAD}`,
  3: `Your device took too long to find out where it is. ${INSTEAD}`,
};

function refuse(message) {
  button.disabled = false;
  button.removeAttribute("aria-busy");
  said.textContent = message;
  said.hidden = false;
  form.querySelector("#place").focus();
}

function search({ coords }) {
  // About a kilometre is near enough to find a store by, and tells no more than that.
  for (const [name, value] of [["lat", coords.latitude], ["lon", coords.longitude]]) {
    const input = form.querySelector(`[data-${name}]`);
    input.disabled = false;
    input.value = value.toFixed(2);
  }
  form.querySelector("#place").disabled = true;
  form.submit();
}

button?.addEventListener("click", () => {
  said.hidden = true;
  if (!navigator.geolocation) return refuse(`Your browser cannot tell where you are. ${INSTEAD}`);
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  navigator.geolocation.getCurrentPosition(search, (error) => refuse(REASONS[error.code] ?? REASONS[2]), {
    timeout: 8000,
    maximumAge: 600000,
  });
});

// Back from the next page, the form is as it was before it was sent.
addEventListener("pageshow", () => {
  if (!form) return;
  button.disabled = false;
  button.removeAttribute("aria-busy");
  form.querySelector("#place").disabled = false;
  for (const input of form.querySelectorAll("[data-lat], [data-lon]")) input.disabled = true;
});
