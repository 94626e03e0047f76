// The watch page: resumes, seeks, remembers, obeys the keyboard and plays on.

import { isUnderWay, like, likes, positionOf, rememberPosition } from "./memory.js";
import { captions } from "./player-captions.js";
import { actionOf, isTaken } from "./player-keys.js";
import { cameByPlayingOn, goTo, playOn } from "./player-next.js";
import { clock, secondsOf } from "./player-times.js";

const SAVE_EVERY_MS = 3000;
const stage = document.querySelector("[data-player]");
const media = stage.querySelector("[data-media]");
const part = (name) => document.querySelector(`[data-${name}]`);
const speeds = [...part("speed").options].map((each) => Number(each.value));

// --- what is said ---------------------------------------------------------------------------

const notice = {
  show(text, action, run) {
    const button = part("notice-action");
    part("notice-text").textContent = text;
    button.hidden = !action;
    button.textContent = action ?? "";
    button.onclick = run ?? null;
    part("notice").hidden = false;
  },
  hide() {
    part("notice").hidden = true;
  },
};

let flashing;
function flash(text) {
  const line = part("flash");
  line.textContent = text;
  line.hidden = false;
  clearTimeout(flashing);
  flashing = setTimeout(() => (line.hidden = true), 700);
}

// --- what the player can do -----------------------------------------------------------------

const subtitles = captions(media, part("captions"));

function play() {
  media.play().catch(() => {});
}

function seekTo(seconds) {
  if (!Number.isFinite(media.duration)) return;
  media.currentTime = Math.min(Math.max(0, seconds), Math.max(0, media.duration - 0.05));
}

function setSpeed(speed) {
  media.playbackRate = speed;
}

const actions = {
  toggle: () => (media.paused ? play() : media.pause()),
  seekBy(seconds) {
    seekTo(media.currentTime + seconds);
    flash(`${seconds > 0 ? "+" : "−"}${Math.abs(seconds)} s`);
  },
  seekToShare: (share) => seekTo(media.duration * share),
  frame: (seconds) => media.paused && seekTo(media.currentTime + seconds),
  louder(step) {
    media.muted = false;
    media.volume = Math.min(1, Math.max(0, Math.round((media.volume + step) * 100) / 100));
    flash(`Volume ${Math.round(media.volume * 100)} %`);
  },
  mute() {
    media.muted = !media.muted;
    flash(media.muted ? "Muted" : "Sound on");
  },
  faster(step) {
    const at = speeds.indexOf(media.playbackRate);
    setSpeed(speeds[Math.min(speeds.length - 1, Math.max(0, (at < 0 ? 3 : at) + step))]);
    flash(`${media.playbackRate}×`);
  },
  captions: () => flash(subtitles.toggle()),
  fullscreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else media.requestFullscreen?.().catch(() => {});
  },
  next: () => stage.dataset.next && goTo(stage.dataset.next),
  help: () => part("keys").showModal(),
};

// --- where it starts, and what is remembered ------------------------------------------------

function start() {
  const asked = secondsOf(new URLSearchParams(location.search).get("t"));
  const known = positionOf(stage.dataset.track);
  if (asked !== null) {
    seekTo(asked);
  } else if (known && isUnderWay(known)) {
    seekTo(known.at);
    notice.show(`Resumed at ${clock(known.at)}.`, "From the beginning", () => {
      seekTo(0);
      notice.hide();
    });
  }
  if (cameByPlayingOn()) play();
}

let saved = 0;
function save() {
  saved = Date.now();
  rememberPosition(stage.dataset.track, media.ended ? media.duration : media.currentTime, media.duration);
}

function followLikes() {
  const liked = likes();
  media.volume = liked.volume;
  media.muted = liked.muted;
  media.defaultPlaybackRate = liked.speed;
  setSpeed(liked.speed);
  part("speed").value = String(liked.speed);
  part("play-on").checked = liked.playOn;
  part("controls").hidden = false;
}

function markChapter() {
  const links = document.querySelectorAll("[data-chapters] a");
  let current = null;
  for (const link of links) if (Number(link.dataset.seek) <= media.currentTime) current = link;
  for (const link of links) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function tellSystem() {
  if (!("mediaSession" in navigator)) return;
  const { title, artist, next } = stage.dataset;
  const artwork = media.poster ? [{ src: media.poster }] : [];
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist, artwork });
  if (next) navigator.mediaSession.setActionHandler("nexttrack", actions.next);
}

// --- wiring ---------------------------------------------------------------------------------

followLikes();
tellSystem();
if (media.readyState >= HTMLMediaElement.HAVE_METADATA) start();
else media.addEventListener("loadedmetadata", start, { once: true });

media.addEventListener("timeupdate", () => {
  markChapter();
  if (!media.paused && Date.now() - saved > SAVE_EVERY_MS) save();
});
media.addEventListener("pause", save);
media.addEventListener("seeked", () => media.paused && media.currentTime > 0 && save());
media.addEventListener("ended", () => {
  save();
  if (part("play-on").checked) playOn(stage, notice);
});
media.addEventListener("volumechange", () => like({ volume: media.volume, muted: media.muted }));
media.addEventListener("ratechange", () => {
  like({ speed: media.playbackRate });
  part("speed").value = String(media.playbackRate);
});
// With several sources only the last one's failure means that nothing can be played.
media.querySelector("source:last-of-type").addEventListener("error", () => {
  notice.show("This browser cannot play this file. It can be downloaded below.");
});
addEventListener("pagehide", () => media.currentTime > 0 && save());

part("speed").addEventListener("change", (event) => setSpeed(Number(event.target.value)));
part("play-on").addEventListener("change", (event) => like({ playOn: event.target.checked }));
part("keys-open").addEventListener("click", actions.help);

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-seek]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  seekTo(Number(link.dataset.seek));
  play();
});

// Before the browser's own controls hear of it: they would act on the same key once more.
document.addEventListener(
  "keydown",
  (event) => {
    const action = actionOf(event);
    if (!action || isTaken(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const [name, argument] = action;
    actions[name](argument);
  },
  { capture: true },
);
