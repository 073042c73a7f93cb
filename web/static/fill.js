// What stands in <details data-fill="address"> is read when it is opened; without scripts a link inside leads there.

import { NoContact, send } from "./send.js";

async function fill(details) {
  try {
    const answer = await send(details.dataset.fill, {}, "GET");
    if (!answer.ok || !details.isConnected) return;
    const holder = document.createElement("template");
    holder.innerHTML = answer.body.html; // our own template made it and escaped there
    details.replaceChildren(details.querySelector("summary"), holder.content);
  } catch (error) {
    if (!(error instanceof NoContact)) throw error;
  }
}

/** Put markup in anew, with those open that were: they read again what may have changed. */
export function putAgain(place, markup) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.fill));
  place.innerHTML = markup;
  for (const one of place.querySelectorAll("details")) one.open = open.has(one.dataset.fill);
}

/** Fill each as it is opened. A toggle does not bubble, so it is caught on its way down. */
export function attachFill(place) {
  const opened = (event) => event.target.open && event.target.dataset.fill && fill(event.target);
  place.addEventListener("toggle", opened, { capture: true });
}
