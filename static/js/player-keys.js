// YouTube's keys: what a key press means for the player.

const STEP_S = 5;
const LEAP_S = 10;
const FRAME_S = 1 / 30;

/** [name, argument] of what the player shall do, or null. */
export function actionOf(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (/^[0-9]$/.test(event.key)) return ["seekToShare", Number(event.key) / 10];
  if (event.shiftKey && event.key.toLowerCase() === "n") return ["next"];
  return ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
}

const ACTIONS = {
  " ": ["toggle"],
  k: ["toggle"],
  j: ["seekBy", -LEAP_S],
  l: ["seekBy", LEAP_S],
  ArrowLeft: ["seekBy", -STEP_S],
  ArrowRight: ["seekBy", STEP_S],
  ArrowUp: ["louder", 0.05],
  ArrowDown: ["louder", -0.05],
  Home: ["seekToShare", 0],
  End: ["seekToShare", 1],
  ",": ["frame", -FRAME_S],
  ".": ["frame", FRAME_S],
  "<": ["faster", -1],
  ">": ["faster", 1],
  f: ["fullscreen"],
  m: ["mute"],
  c: ["captions"],
  "?": ["help"],
};

const TYPED_IN = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const PRESSED = "a, button, summary, input[type=checkbox]";

/** Whether the key belongs to what has the focus and not to the player. */
export function isTaken(event) {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  if (document.querySelector("dialog[open]") || target.closest(TYPED_IN)) return true;
  return [" ", "Enter"].includes(event.key) && target.closest(PRESSED) !== null;
}
