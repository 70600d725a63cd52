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

// A long list comes with its most frequent values; the others follow once someone looks through it.
const completing = new WeakMap();

function complete(group) {
  const link = group.querySelector("[data-all]");
  if (!link) return;
  if (!completing.has(link)) completing.set(link, fetchAll(group, link).finally(() => completing.delete(link)));
  return completing.get(link);
}

async function fetchAll(group, link) {
  const reply = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Target": "facets" } });
  if (reply.ok) append(group, new DOMParser().parseFromString(await reply.text(), "text/html").getElementById(group.id));
}

function append(group, whole) {
  const there = new Set([...group.querySelectorAll(".option")].map((option) => option.dataset.value));
  const others = [...whole.querySelectorAll(".option")].filter((option) => !there.has(option.dataset.value));
  group.querySelector(".more-options .options").append(...others.map((option) => option.parentElement));
  group.dataset.rest = whole.dataset.rest;
  const rest = whole.querySelector(".option-rest");
  const former = group.querySelector(".option-rest");
  if (rest) former?.replaceWith(rest);
  else former?.remove();
  group.after(...(document.querySelector("#facets [name=all]") ? [] : [expansion(group)]));
}

// Sent along, so that the list is as long after a choice as before it.
function expansion(group) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "all", value: group.id.replace("facet-", "") });
  return field;
}

function look(field) {
  const group = document.getElementById(field.dataset.filter);
  const typed = field.value.trim().toLowerCase();
  const more = group.querySelector(".more-options");
  if (more && typed) more.open = true;
  let found = false;
  for (const option of group.querySelectorAll(".option")) {
    const fits = option.querySelector(".option-label").textContent.toLowerCase().includes(typed);
    option.parentElement.hidden = !fits;
    found ||= fits;
  }
  // Not before every value is there.
  sayNone(group.querySelector("[data-none]"), found || completing.has(group.querySelector("[data-all]")) ? "" : field.value.trim());
}

function sayNone(line, typed) {
  line.textContent = typed && `No brand here is called “${typed}”. `;
  if (!typed) return;
  const link = document.createElement("a");
  link.href = `${line.dataset.none}?q=${encodeURIComponent(typed)}`;
  link.textContent = "Search the whole shop for it";
  line.append(link);
}

document.addEventListener("input", ({ target }) => {
  if (!target.dataset.filter) return;
  complete(document.getElementById(target.dataset.filter))?.finally(() => look(target));
  look(target);
});

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.matches("#facets .more-options")) complete(target.closest(".facet"));
  },
  true,
);

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
