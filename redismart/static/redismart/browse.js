// Result pages: filters apply as they are ticked, addresses stay short, nothing one was doing gets lost.
const filters = () => document.getElementById("filters");
const openGroups = new Map();
let lastFocused = null;

// Prices wait for Enter or the button: who leaves the first field is about to fill in the second.
document.addEventListener("change", ({ target }) => {
  if (target.form?.id === "filters" && target.matches("[type=checkbox], select")) target.form.requestSubmit();
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "filters") return;
  for (const [name, value] of [...detail.formData.entries()]) {
    if (value === "") detail.formData.delete(name);
  }
});

document.addEventListener("input", ({ target }) => {
  if (!target.dataset.filter) return;
  const group = document.getElementById(target.dataset.filter);
  const typed = target.value.trim().toLowerCase();
  const more = group.querySelector(".more-options");
  if (more && typed) more.open = true;
  for (const option of group.querySelectorAll(".option")) {
    option.parentElement.hidden = !option.querySelector(".option-label").textContent.toLowerCase().includes(typed);
  }
});

// Enter in the brand field looks through the list; it does not send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.filter) event.preventDefault();
});

const focused = () => document.activeElement.closest("#facets input[name]");

// A replaced checkbox gives the focus to the one that came in its place.
function refocus({ name, value, type }) {
  const fields = [...document.querySelectorAll("#facets input")].filter((field) => field.name === name);
  (type === "checkbox" ? fields.find((field) => field.value === value) : fields[0])?.focus({ preventScroll: true });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  // Exact counts must not replace a field in which someone is typing.
  const field = document.activeElement;
  if (event.detail.target?.id === "facets" && field.matches("#facets input:not([type=checkbox])")) event.detail.shouldSwap = false;
  lastFocused = focused();
  for (const group of filters()?.querySelectorAll("details[id]") ?? []) openGroups.set(group.id, group.open);
});

document.addEventListener("htmx:afterSettle", (event) => {
  for (const [id, open] of openGroups) document.getElementById(id)?.toggleAttribute("open", open);
  if (lastFocused && !lastFocused.isConnected) refocus(lastFocused);
  const results = document.getElementById("results");
  if (event.detail.target?.id !== "results" || !results) return;
  const { found, page } = results.dataset;
  document.getElementById("announcer").textContent = page === "1" ? found : `${found}, page ${page}`;
  document.querySelector("[data-show-results]").textContent = `Show ${found}`;
  if (document.activeElement === document.body) document.getElementById("results-title").focus({ preventScroll: true });
});
