// Nothing typed is lost: before a plain form leaves the page, see that the server is there and the login lives.

import { ask, NoContact } from "./send.js";

const checked = new WeakSet();

function isKept(form) {
  return form.method === "post" && form.dataset.keep !== "no" && document.querySelector('meta[name="user"]');
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !isKept(form)) return;
  if (checked.delete(form)) return;
  event.preventDefault();
  const submitter = event.submitter;
  try {
    await ask("/account/alive");
  } catch (error) {
    if (error instanceof NoContact) return; // said in one line; the form stays as it is
    throw error;
  }
  checked.add(form);
  form.requestSubmit(submitter);
});
