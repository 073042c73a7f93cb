// The queue by keyboard: j/k move, r register, p correct the place, n not ours, i ignore, a assign, x mark, u undo, ? keys.

import { attachFill } from "./fill.js";
import { say, tell } from "./text.js";

const UNDO_MS = 10000;

const items = () => [...document.querySelectorAll("[data-item]")];
const currentItem = () => document.querySelector('[data-item][aria-current="true"]');
const focusedItem = () => document.activeElement?.closest?.("li")?.querySelector("[data-item]");

function move(step) {
  const all = items();
  if (!all.length) return;
  const at = all.indexOf(currentItem() ?? focusedItem());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (next && next !== currentItem()) next.click();
}

function openForm(key) {
  const details = document.querySelector(`[data-open-key="${key}"]`);
  if (!details) return false;
  for (const other of document.querySelectorAll("[data-open-key][open]")) if (other !== details) other.open = false;
  details.open = true;
  details.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  return true;
}

function mark() {
  const box = (focusedItem() ?? currentItem())?.closest("li").querySelector("[data-mark]");
  if (!box) return;
  box.checked = !box.checked;
  tell(say("queue.js.marked", { n: document.querySelectorAll("[data-mark]:checked").length }));
}

function follow(selector) {
  document.querySelector(selector)?.click();
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => follow('.decide > a[href*="/register"]'),
  p: () => follow("#correct"),
  n: () => openForm("n"),
  i: () => openForm("i"),
  a: () => openForm("a"),
  x: mark,
  u: () => follow("[data-undo] button"),
  "?": () => document.querySelector("[data-keys]")?.showModal(),
};

function isWriting(target) {
  return target.closest("input:not([type=checkbox]), select, textarea, dialog, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isWriting(event.target)) {
    const details = event.target.closest("[data-open-key]");
    if (details) {
      details.open = false;
      details.querySelector("summary").focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.querySelector("[data-keys-open]")?.addEventListener("click", ACTS["?"]);

// What is marked in the list is decided together with what is open; places, where they are to be the same.
for (const form of document.querySelectorAll('.decide form:is([action$="/decide"], [action$="/correct-place"])')) {
  const place = form.action.endsWith("/correct-place") ? currentItem()?.closest("li").querySelector("[data-mark]").dataset.place : null;
  const goes = (item) => {
    const box = item.closest("li").querySelector("[data-mark]");
    return box.checked && (place === null || box.dataset.place === place) ? box.value.split(" ") : [];
  };
  form.addEventListener("submit", () => {
    const all = items();
    const settled = [...form.elements.finding.value.split(" "), ...all.flatMap(goes)];
    form.elements.finding.value = [...new Set(settled)].join(" ");
    if (!all.some((item) => goes(item).length)) return;
    // What is settled along with it is not what comes next: the first that is left below, else the last above.
    const open = currentItem();
    const left = all.filter((item) => item !== open && !goes(item).length);
    const next = left.find((item) => all.indexOf(item) > all.indexOf(open)) ?? left.at(-1);
    form.elements.next.value = next?.pathname.split("/").at(-1) ?? "";
  }, { capture: true });
}

// The line with Undo stands for ten seconds; a pointer or focus on it keeps it.
const line = document.querySelector("[data-undo]");
if (line) {
  const goAway = () => {
    if (line.matches(":hover, :focus-within")) setTimeout(goAway, 1000);
    else line.remove();
  };
  setTimeout(goAway, UNDO_MS);
}

attachFill(document);
currentItem()?.scrollIntoView({ block: "nearest" });
