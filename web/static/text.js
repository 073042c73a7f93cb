// Texts of the page in the reader's language, from <meta name="texts"> (several may be there).

const texts = Object.assign(
  {},
  ...[...document.querySelectorAll('meta[name="texts"]')].map((meta) => JSON.parse(meta.content || "{}")),
);

const plurals = new Intl.PluralRules(document.documentElement.lang);

/** The text of a code with its placeholders filled; a plural is chosen by `n`. */
export function say(code, data = {}) {
  let found = texts[code] ?? code;
  if (typeof found === "object") found = found[plurals.select(data.n ?? 0)] ?? found.other;
  return found.replace(/\{(\w+)\}/g, (whole, name) => data[name] ?? whole);
}

/** Say one quiet line on the page (a live region); an empty one takes it away. */
export function tell(line) {
  const place = document.getElementById("said");
  if (place && place.textContent !== line) place.textContent = line;
}

/** A request id, unique without a server; a repeated send of one does nothing twice. */
export function requestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
