// Returns that the server has not answered yet, kept in this browser so that a reload or a power cut loses none.
// Only the code and its request id are kept; a repeated send of a request id does nothing twice.

const user = document.querySelector('meta[name="user"]')?.content ?? "";
const KEY = `enhetskoll.returns.${user}`;

function write(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // A full or forbidden store: the rows on the page still hold everything until it is closed.
  }
}

/** @returns {{id: string, code: string}[]} oldest first */
export function waiting() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

export function keep(entry) {
  write([...waiting().filter((kept) => kept.id !== entry.id), entry]);
}

export function settle(id) {
  write(waiting().filter((kept) => kept.id !== id));
}
