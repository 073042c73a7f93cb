// The search box: `/` focuses it, hits come while typing, arrows choose, Enter opens the chosen or the only hit.

import { NoContact, send } from "./send.js";
import { say } from "./text.js";

const PAUSE_MS = 150;

function option(hit, index) {
  const item = document.createElement("li");
  item.id = `find-hit-${index}`;
  item.role = "option";
  item.dataset.href = hit.href;
  item.setAttribute("aria-selected", "false");
  const more = document.createElement("span");
  more.className = "small";
  more.textContent = [hit.kind, hit.detail].filter(Boolean).join(" · ");
  item.append(hit.title, more);
  return item;
}

export function attach(form) {
  const box = form.querySelector("input[type=search]");
  const list = form.querySelector("[role=listbox]");
  let timer;
  let asked = "";
  let chosen = -1;

  box.role = "combobox";
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-expanded", "false");

  function close() {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const items = [...list.children].filter((item) => item.dataset.href);
    if (!items.length) return;
    chosen = (index + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    box.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  }

  function show(hits) {
    list.replaceChildren(...hits.map(option));
    if (!hits.length) {
      const none = document.createElement("li");
      none.role = "option";
      none.setAttribute("aria-disabled", "true");
      none.textContent = say("web.js.no_hits");
      list.append(none);
    }
    chosen = -1;
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
  }

  async function look() {
    const query = box.value.trim();
    asked = query;
    if (query.length < 2) return close();
    try {
      const answer = await send(form.action, { q: query });
      if (asked === query && answer.ok && document.activeElement === box) show(answer.body.hits);
    } catch (error) {
      if (!(error instanceof NoContact)) throw error;
    }
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      choose(event.key === "ArrowDown" ? chosen + 1 : Math.max(chosen, 0) - 1);
    } else if (event.key === "Enter" && chosen >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(list.children[chosen].dataset.href);
    }
  });
  box.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => {
    const href = event.target.closest("li")?.dataset.href;
    if (!href) return;
    event.preventDefault();
    location.assign(href);
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
