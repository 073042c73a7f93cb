// A quiet sound for each outcome of the return box; one click switches it off and the choice is remembered.

const KEY = "enhetskoll.sound";
const LOUDNESS = 0.06;

/** Outcome -> notes: [frequency in Hz, start in s, length in s]. Told apart by direction, not only by pitch. */
const NOTES = {
  fine: [[660, 0, 0.08], [880, 0.08, 0.1]],
  already: [[520, 0, 0.08], [520, 0.13, 0.08]],
  other_unit: [[700, 0, 0.08], [520, 0.09, 0.08], [390, 0.18, 0.12]],
  unknown: [[260, 0, 0.28]],
};

let context = null;

export function isOn() {
  return localStorage.getItem(KEY) !== "off";
}

export function play(kind) {
  if (!isOn() || !NOTES[kind] || !navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  for (const [frequency, start, length] of NOTES[kind]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const at = context.currentTime + start;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(LOUDNESS, at);
    volume.gain.linearRampToValueAtTime(0, at + length);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}

/** A button with two faces (data-on, data-off), pressed while the sound is on. */
export function attachSwitch(button) {
  function show() {
    button.setAttribute("aria-pressed", String(isOn()));
    for (const face of button.querySelectorAll("[data-face]")) face.hidden = (face.dataset.face === "on") !== isOn();
  }
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, isOn() ? "off" : "on");
    show();
    play("fine");
  });
  button.hidden = false;
  show();
}
