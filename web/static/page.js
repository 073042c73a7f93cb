// What every page does: search, menus, focus, and care for forms.

import "./keep.js";
import { attach } from "./search.js";

for (const form of document.querySelectorAll("[data-search]")) attach(form);

for (const menu of document.querySelectorAll("[data-menu]")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// What takes its time says so on the button that was pressed; a page that is gone back to has forgotten it.
document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  setTimeout(() => !event.defaultPrevented && pressed?.setAttribute("aria-busy", "true"));
});
window.addEventListener("pageshow", () => {
  for (const pressed of document.querySelectorAll("[aria-busy]")) pressed.removeAttribute("aria-busy");
});

document.querySelector("[data-focus]")?.focus();
