// A row opens on a click anywhere in it; the link in it stays the real thing, and opens on Enter. Rows may come later.

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  const link = row?.querySelector("a.row-link");
  if (!link || event.target.closest("a, button, input") || getSelection().toString()) return;
  link.click();
});
