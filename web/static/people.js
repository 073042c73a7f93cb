// The list of people: names are looked for while typing, by a send, so that none comes into an address.

import { NoContact, send } from "./send.js";
import { tell } from "./text.js";

const PAUSE_MS = 200;

const form = document.getElementById("people-filter");
const box = document.getElementById("q");
const rows = document.getElementById("people-rows");
const said = document.getElementById("people-said");
const first = box.value ? null : rows.innerHTML;
let timer;
let asked = 0;

async function look() {
  const mine = ++asked;
  if (!box.value.trim()) {
    if (first === null) return form.requestSubmit();
    rows.innerHTML = first;
    said.textContent = "";
    return;
  }
  try {
    const fields = [...new FormData(form).entries()].filter(([name]) => name !== "csrf_token");
    const answer = await send(form.action, fields);
    if (mine !== asked) return;
    if (answer.body.inside === undefined) return tell(answer.body.message ?? "");
    rows.innerHTML = answer.body.inside; // made by our own template, escaped there
    said.textContent = answer.body.said;
  } catch (error) {
    if (!(error instanceof NoContact)) throw error;
  }
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  if (box.value.trim() || document.activeElement === box) timer = setTimeout(look, PAUSE_MS);
});

form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (!box.value.trim()) return;
  event.preventDefault();
  look();
});
