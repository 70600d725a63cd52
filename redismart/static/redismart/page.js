// What every page shares: the colour scheme, menus that close, shelves with arrows, the debug view.
const sprite = document.querySelector("use").getAttribute("href").split("#")[0];

document.querySelector("[data-theme-toggle]")?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  // A cookie, so that the server renders the next page in the chosen scheme and nothing flashes.
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
});

const dismiss = (except) => {
  for (const menu of document.querySelectorAll("details[data-dismiss][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
};
document.addEventListener("click", (event) => dismiss(event.target));
document.addEventListener("focusin", (event) => dismiss(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details[data-dismiss][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function stepper(row, direction, icon, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button";
  button.setAttribute("aria-label", name);
  button.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${icon}"/></svg>`;
  button.addEventListener("click", () => row.scrollBy({ left: direction * row.clientWidth * 0.8, behavior: "smooth" }));
  return button;
}

for (const shelf of document.querySelectorAll("[data-shelf]")) {
  const row = shelf.querySelector(".shelf-row");
  if (row.scrollWidth <= row.clientWidth + 8) continue;
  const title = shelf.querySelector("h2").textContent;
  const steps = document.createElement("div");
  steps.className = "shelf-steps";
  const [back, on] = [stepper(row, -1, "back", `Back in ${title}`), stepper(row, 1, "arrow", `Further in ${title}`)];
  const update = () => {
    back.disabled = row.scrollLeft < 8;
    on.disabled = row.scrollLeft > row.scrollWidth - row.clientWidth - 8;
  };
  row.addEventListener("scroll", update, { passive: true });
  update();
  steps.append(back, on);
  shelf.querySelector(".shelf-head").append(steps);
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy || copy.closest("li").querySelector("code").textContent);
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  }
  const explain = event.target.closest("[data-explain]");
  if (!explain) return;
  event.preventDefault();
  const command = explain.closest("li");
  const shown = command.querySelector(".debug-answer");
  if (shown) return shown.remove();
  const reply = await fetch(explain.href);
  const holder = document.createElement("div");
  holder.className = "debug-answer";
  holder.setAttribute("role", "status");
  const text = await reply.text();
  if (reply.ok) holder.innerHTML = text;
  // Of a whole page that says what is wrong, the words are enough here.
  else holder.textContent = new DOMParser().parseFromString(text, "text/html").querySelector("main h1 + p")?.textContent ?? reply.statusText;
  command.append(holder);
});
