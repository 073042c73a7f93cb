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

document.querySelector("[data-focus]")?.focus();
