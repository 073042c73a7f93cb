// A running scan's page follows it: the part that changes is fetched each second until it has ended.

import { say, tell } from "./text.js";

const EVERY_MS = 1000;
const place = document.querySelector("[data-now]");

async function follow() {
  let answer;
  try {
    answer = await fetch(place.dataset.now, { credentials: "same-origin", signal: AbortSignal.timeout(10000) });
  } catch {
    tell(say("web.js.offline"));
    setTimeout(follow, 5 * EVERY_MS);
    return;
  }
  if (answer.redirected || !answer.ok) {
    location.reload();
    return;
  }
  tell("");
  const hadFocus = place.contains(document.activeElement);
  const markup = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...markup.body.childNodes);
  if (hadFocus) place.querySelector("button, h2")?.focus();
  if (place.querySelector("[data-running]")) setTimeout(follow, EVERY_MS);
}

if (place?.querySelector("[data-running]")) setTimeout(follow, EVERY_MS);
