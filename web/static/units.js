// The tree opens and closes as a whole, and remembers in this tab what was opened, so that coming back is no search.

const tree = document.querySelector("[data-tree]");
const KEY = "enhetskoll.units.open";

function stored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

if (tree && !new URLSearchParams(location.search).get("q")) {
  const kept = stored();
  for (const part of tree.querySelectorAll("details")) {
    const known = kept[part.dataset.id];
    if (known !== undefined) part.open = known;
    part.addEventListener("toggle", () => {
      kept[part.dataset.id] = part.open;
      try {
        sessionStorage.setItem(KEY, JSON.stringify(kept));
      } catch {
        // Without a store the tree opens as it is sent.
      }
    });
  }
}
