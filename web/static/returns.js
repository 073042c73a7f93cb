// The return box: Enter clears the field at once, the row stands at once, the answer fills it in.

import { NoContact, send } from "./send.js";
import { attachFill, putAgain } from "./fill.js";
import { attachKeys } from "./returns_keys.js";
import { attachSwitch, play } from "./sound.js";
import { keep, settle, waiting } from "./pending.js";
import { requestId, say, tell } from "./text.js";

const RETRY_MS = 5000;

const form = document.getElementById("return-form");
const box = form.elements.code;
const rows = document.getElementById("rows");
const card = document.getElementById("last");
const left = document.getElementById("left");
const heard = document.getElementById("heard");
const queue = [];
let isSending = false;
let newest = "";

function rowOf(id) {
  return document.getElementById(`row-${id}`);
}

/** Put markup that our own templates made (escaped there) into the page. */
function put(place, markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  place.replaceWith(holder.content);
}

function fresh(entry, state, reason) {
  const row = document.createElement("li");
  row.id = `row-${entry.id}`;
  row.className = `row-line ${state}`;
  const said = document.createElement("span");
  said.textContent = reason && state === "refused" ? reason : say(`returns.js.${state}`, { code: entry.code });
  row.append(said);
  if (state === "failed") {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn plain";
    again.textContent = say("returns.js.retry");
    again.addEventListener("click", () => enqueue(entry));
    row.append(again);
  }
  return row;
}

function stand(entry, state, reason) {
  const row = rowOf(entry.id);
  if (row) row.replaceWith(fresh(entry, state, reason));
  else rows.prepend(fresh(entry, state, reason));
  document.getElementById("no-rows")?.remove();
}

function enqueue(entry) {
  newest = entry.id;
  keep(entry);
  stand(entry, "sending");
  queue.push(entry);
  work();
}

function show(entry, body) {
  put(rowOf(entry.id), body.row);
  if (entry.id === newest) card.innerHTML = body.card;
  if (body.left) putAgain(left, body.left);
  heard.textContent = body.said;
  play(body.kind);
}

function take(entry, answer) {
  if (answer.ok) {
    settle(entry.id);
    show(entry, answer.body);
    return;
  }
  const isFinal = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
  if (isFinal) settle(entry.id); // a rule said no, and will say so again
  stand(entry, isFinal ? "refused" : "failed", answer.body.message);
  heard.textContent = answer.body.message ?? "";
  play("unknown");
}

async function work() {
  if (isSending) return;
  isSending = true;
  while (queue.length) {
    const entry = queue[0];
    try {
      take(entry, await send(form.action, { code: entry.code, request_id: entry.id }));
      queue.shift();
    } catch (error) {
      if (!(error instanceof NoContact)) throw error;
      for (const held of queue) stand(held, "held");
      setTimeout(work, RETRY_MS);
      break;
    }
  }
  isSending = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = box.value.trim();
  box.value = "";
  box.focus();
  if (code) enqueue({ id: requestId(), code });
});

/** Undo, condition and charger are forms on the card and the rows; sent without leaving the page. */
document.addEventListener("submit", async (event) => {
  const deed = event.target;
  if (!deed.matches("[data-deed]")) return;
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(deed, event.submitter));
  box.focus();
  try {
    const answer = await send(deed.action, fields);
    if (!answer.ok) return tell(answer.body.message ?? "");
    const { was } = answer.body;
    if (card.querySelector(`[name="movement"][value="${was}"]`)) card.innerHTML = answer.body.card;
    const row = rows.querySelector(`[data-movement="${was}"]`);
    if (row) put(row, answer.body.row);
    if (answer.body.left) putAgain(left, answer.body.left);
    heard.textContent = answer.body.said;
  } catch (error) {
    if (!(error instanceof NoContact)) throw error;
  }
});

attachKeys(box, card);
attachFill(left);
attachSwitch(document.getElementById("sound"));
window.addEventListener("online", work);
document.addEventListener("click", (event) => {
  const isReading = !document.getSelection().isCollapsed || event.target.closest("a, button, input, summary, dialog");
  if (!isReading) box.focus();
});
for (const entry of waiting()) enqueue(entry);
box.focus();
