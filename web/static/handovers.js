// Handing out: every scan and every search fills the form in without leaving the page.

import { NoContact, send } from "./send.js";
import { tell } from "./text.js";

const PAUSE_MS = 200;

const form = document.getElementById("handover-form");
const inside = document.getElementById("handover-inside");
let timer;
let asked = 0;

/** The form's fields as the server reads them, lists and all. */
function fields(step, extra) {
  const data = [...new FormData(form).entries()].filter(([name]) => name !== "do" && name !== "csrf_token");
  return [...data, [step, extra]];
}

/** Put markup that our own template made (escaped there) into the form; keep the focus where it was. */
function put(markup, focus) {
  const was = document.activeElement?.id;
  const caret = document.activeElement?.selectionStart;
  inside.innerHTML = markup;
  const place = document.getElementById(focus ?? was) ?? document.getElementById("code");
  place?.focus();
  if (!focus && caret != null && place?.setSelectionRange) place.setSelectionRange(caret, caret);
}

async function step(name, value, focus) {
  const mine = ++asked;
  try {
    const answer = await send(form.action, fields(name, value));
    if (mine !== asked) return;
    if (!answer.ok) return tell(answer.body.message ?? "");
    put(answer.body.inside, focus);
  } catch (error) {
    if (!(error instanceof NoContact)) throw error;
  }
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.value === "hand_out") return;
  event.preventDefault();
  clearTimeout(timer);
  if (document.activeElement?.id === "person") step("do", "find", "person");
  else if (button?.name && button.value !== "add") step(button.name, button.value);
  else step("do", "add", "code");
});

form.addEventListener("input", (event) => {
  if (event.target.id !== "person") return;
  clearTimeout(timer);
  timer = setTimeout(() => step("do", "find"), PAUSE_MS);
});

if (!document.querySelector("[data-focus]")) document.getElementById("code")?.focus();
