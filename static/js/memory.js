// What this browser remembers: how far each video was watched, and how its visitor likes to watch.

const POSITIONS = "videomind.positions";
const LIKES = "videomind.likes";
const MOST = 300;
const STARTED_S = 5;
const ENDED = 0.95;

function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    return found && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Without storage (private windows, a full disk) nothing is remembered, and all else works.
  }
}

export function positionOf(id) {
  const found = read(POSITIONS)[id];
  return found && found.at > 0 && found.of > 0 ? found : null;
}

export function rememberPosition(id, at, of) {
  if (!(at >= 0 && of > 0)) return;
  const positions = read(POSITIONS);
  positions[id] = { at: Math.round(at * 10) / 10, of, when: Date.now() };
  const ids = Object.keys(positions).sort((a, b) => positions[b].when - positions[a].when);
  for (const old of ids.slice(MOST)) delete positions[old];
  write(POSITIONS, positions);
}

export function forgetPositions() {
  write(POSITIONS, {});
}

export const share = (position) => Math.min(1, position.at / position.of);
export const isEnded = (position) => share(position) >= ENDED;
export const isUnderWay = (position) => position.at >= STARTED_S && !isEnded(position);

/** Ids of what was begun and not finished, the last watched first. */
export function underWay() {
  const positions = read(POSITIONS);
  return Object.keys(positions)
    .filter((id) => positions[id].of > 0 && isUnderWay(positions[id]))
    .sort((a, b) => positions[b].when - positions[a].when);
}

export function likes() {
  return { playOn: true, speed: 1, volume: 1, muted: false, captions: "", ...read(LIKES) };
}

export function like(changes) {
  write(LIKES, { ...likes(), ...changes });
}
