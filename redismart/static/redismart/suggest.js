// Completions while typing: the combobox pattern of WAI-ARIA with a list box below the field.
const PAUSE = 90;
const ICONS = { product: "bag", category: "menu", search: "search" };
const KINDS = { product: "Product", category: "Category", search: "" };

class Suggestions {
  constructor(form, number) {
    this.form = form;
    this.input = form.querySelector("input[name=q]");
    this.sprite = form.querySelector("use").getAttribute("href").split("#")[0];
    this.chosen = -1;
    this.list = document.createElement("ul");
    Object.assign(this.list, { id: `suggestions-${number}`, className: "suggestions", role: "listbox", hidden: true });
    this.list.setAttribute("aria-label", "Suggestions");
    form.append(this.list);
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, "aria-haspopup": "listbox" };
    for (const [name, value] of Object.entries(roles)) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.wait());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    // Keeps the focus in the field, so that a click on a suggestion is not a blur first.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.follow(event.target.closest("[role=option]")));
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const typed = this.input.value.trim();
    this.request?.abort();
    if (!typed) return this.close();
    this.request = new AbortController();
    try {
      const reply = await fetch(`${this.form.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: this.request.signal });
      if (reply.ok) this.show((await reply.json()).suggestions, typed);
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  show(suggestions, typed) {
    if (document.activeElement !== this.input) return;
    this.list.replaceChildren(...suggestions.map((suggestion, index) => this.option(suggestion, index, typed)));
    this.choose(-1);
    this.list.hidden = !suggestions.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
  }

  option({ text, kind, url }, index, typed) {
    const item = document.createElement("li");
    Object.assign(item, { id: `${this.list.id}-${index}`, role: "option" });
    item.setAttribute("aria-selected", "false");
    item.dataset.url = url;
    item.dataset.text = text;
    item.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${this.sprite}#${ICONS[kind]}"/></svg><span class="completed"></span><span class="kind">${KINDS[kind]}</span>`;
    const shown = item.querySelector(".completed");
    const at = text.toLowerCase().indexOf(typed.toLowerCase());
    if (at < 0) shown.textContent = text;
    else shown.append(text.slice(0, at), this.typed(text.slice(at, at + typed.length)), text.slice(at + typed.length));
    return item;
  }

  typed(text) {
    const part = document.createElement("span");
    part.className = "typed";
    part.textContent = text;
    return part;
  }

  key(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      if (this.list.hidden) return this.ask();
      // What is being chosen from must not change under the finger.
      this.halt();
      const count = this.list.children.length + 1;
      this.choose(((this.chosen + 1 + moves[event.key] + count) % count) - 1);
    } else if (event.key === "Enter" && this.chosen >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.follow(this.list.children[this.chosen]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    }
  }

  choose(index) {
    this.chosen = index;
    [...this.list.children].forEach((item, position) => item.setAttribute("aria-selected", String(position === index)));
    const item = this.list.children[index];
    if (item) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  follow(item) {
    if (item) location.assign(item.dataset.url);
  }

  halt() {
    clearTimeout(this.timer);
    this.request?.abort();
  }

  close() {
    this.halt();
    this.list.hidden = true;
    this.choose(-1);
    this.input.setAttribute("aria-expanded", "false");
  }
}

document.querySelectorAll("form[data-suggest]").forEach((form, number) => new Suggestions(form, number));
