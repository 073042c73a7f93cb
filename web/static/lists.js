// A row opens on Enter and on a click anywhere in it; the link in it stays the real thing.

for (const row of document.querySelectorAll("tr[data-row]")) {
  const link = row.querySelector("a.row-link");
  if (!link) continue;
  row.addEventListener("click", (event) => {
    if (event.target.closest("a, button, input") || getSelection().toString()) return;
    link.click();
  });
}
