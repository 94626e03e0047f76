// What comes after: a short notice, then the next page, already playing.

const WAIT_S = 5;
const PLAY = "videomind.play";

/** Counts down to the next video; the notice has a button that stops it. */
export function playOn(stage, notice) {
  const { next, nextTitle } = stage.dataset;
  if (!next) return;
  let left = WAIT_S;
  const say = () => notice.show(`Next in ${left} s: ${nextTitle}`, "Stay here", stop);
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return say();
    stop();
    goTo(next);
  }, 1000);
  const stop = () => {
    clearInterval(timer);
    notice.hide();
  };
  stage.querySelector("[data-media]").addEventListener("play", stop, { once: true });
  say();
}

export function goTo(url) {
  try {
    sessionStorage.setItem(PLAY, url);
  } catch {
    // Then the next video waits for a click.
  }
  location.assign(url);
}

/** Whether this page was come to by playing on; true once. */
export function cameByPlayingOn() {
  try {
    const url = sessionStorage.getItem(PLAY);
    sessionStorage.removeItem(PLAY);
    return url === location.pathname + location.search;
  } catch {
    return false;
  }
}
