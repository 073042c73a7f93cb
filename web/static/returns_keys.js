// Condition and charger as single keys, though the field always has the focus.
//
// A scanner types its whole code within some tens of milliseconds; a person who means a key presses one and
// stops. So a lone `1`, `2`, `3` or `l` that stands for a moment is a key, and anything longer is a code.

const PAUSE_MS = 600;

export function attachKeys(box, card) {
  let timer;

  function press(key) {
    const button = card.querySelector(`button[data-key="${key}"]`);
    if (!button) return false;
    button.form.requestSubmit(button);
    return true;
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = box.value;
    if (!/^[123l]$/i.test(typed)) return;
    timer = setTimeout(() => {
      if (box.value === typed && press(typed.toLowerCase())) box.value = "";
    }, PAUSE_MS);
  });
  box.form.addEventListener("submit", () => clearTimeout(timer));
}
