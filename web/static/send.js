// The one way scripts talk to the server: token, expired login and lost contact are dealt with here.

import { loginAgain } from "./login_again.js";
import { say, tell } from "./text.js";

const PATIENCE_MS = 15000;

/** The server could not be reached; nothing is known about what it did, so resend with the same request id. */
export class NoContact extends Error {}

export function csrfToken() {
  return document.querySelector('meta[name="csrf"]')?.content ?? "";
}

/** Take a new token into the page and every form on it. */
export function renewToken(token) {
  const meta = document.querySelector('meta[name="csrf"]');
  if (meta) meta.content = token;
  for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
}

async function once(url, method, fields) {
  const options = {
    method,
    headers: { Accept: "application/json" },
    credentials: "same-origin",
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  if (method !== "GET") {
    options.headers["X-CSRFToken"] = csrfToken();
    options.body = new URLSearchParams(fields);
  }
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    tell(say("web.js.offline"));
    throw new NoContact(url);
  }
  tell("");
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  return { status: response.status, ok: response.ok, body: isJson ? await response.json() : {} };
}

/**
 * Send fields and read the JSON answer. An expired login is asked for over the page, and the send goes on.
 * @returns {Promise<{status: number, ok: boolean, body: object}>}
 */
export async function send(url, fields = {}, method = "POST") {
  let answer = await once(url, method, fields);
  if (answer.body.code === "csrf") {
    renewToken(answer.body.csrf);
    answer = await once(url, method, fields);
  }
  if (answer.status === 401) {
    renewToken(answer.body.csrf);
    renewToken(await loginAgain(once));
    answer = await once(url, method, fields);
  }
  return answer;
}

export function ask(url) {
  return send(url, {}, "GET");
}
