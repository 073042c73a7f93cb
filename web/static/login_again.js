// An expired login is asked for in a dialog over the page; whoever waits goes on afterwards.

import { say } from "./text.js";

let waiting = null;

function problem(form, line) {
  const place = form.querySelector(".problem");
  place.textContent = line;
  place.hidden = !line;
}

/**
 * Open the dialog once, however many sends wait for it.
 * @param once the plain sender, without this dialog.
 * @returns {Promise<string>} the new session's token.
 */
export function loginAgain(once) {
  waiting ??= open(once).finally(() => {
    waiting = null;
  });
  return waiting;
}

function open(once) {
  const dialog = document.getElementById("login-again");
  const form = dialog.querySelector("form");
  const cameFrom = document.activeElement;
  const password = form.elements.password;

  return new Promise((resolve) => {
    async function submit(event) {
      event.preventDefault();
      const fields = { login: form.elements.login.value, password: password.value };
      let answer;
      try {
        answer = await once(form.action, "POST", fields);
      } catch {
        problem(form, say("web.js.offline"));
        return;
      }
      if (answer.body.csrf) document.querySelector('meta[name="csrf"]').content = answer.body.csrf;
      if (!answer.ok) {
        problem(form, answer.body.message ?? say("web.js.wrong_login"));
        password.select();
        return;
      }
      if (String(answer.body.user) !== document.querySelector('meta[name="user"]').content) {
        location.reload(); // someone else: nothing of the first person's is sent in the second's name
        return;
      }
      form.removeEventListener("submit", submit);
      password.value = "";
      problem(form, "");
      dialog.close();
      cameFrom?.focus();
      resolve(answer.body.csrf);
    }
    form.addEventListener("submit", submit);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
    (form.elements.login.value ? password : form.elements.login).focus();
  });
}
