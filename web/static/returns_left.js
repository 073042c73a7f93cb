// What is left in a class is read when the class is opened, and again when something was returned meanwhile.

import { NoContact, send } from "./send.js";

async function fill(details) {
  try {
    const answer = await send(details.dataset.left, {}, "GET");
    if (!answer.ok || !details.isConnected) return;
    const old = details.querySelector("ul, p");
    const holder = document.createElement("template");
    holder.innerHTML = answer.body.holders; // our own template made it and escaped there
    old.replaceWith(holder.content);
  } catch (error) {
    if (!(error instanceof NoContact)) throw error; // the link inside still leads there
  }
}

/** Put the list of classes in anew, with those open that were. */
export function putLeft(place, markup) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.left));
  place.innerHTML = markup;
  for (const one of place.querySelectorAll("details")) one.open = open.has(one.dataset.left);
}

/** Fill each class as it is opened. A toggle does not bubble, so it is caught on its way down. */
export function attachLeft(place) {
  place.addEventListener("toggle", (event) => event.target.open && fill(event.target), { capture: true });
}
