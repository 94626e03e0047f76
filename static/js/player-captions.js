// Subtitles: one at a time, chosen in our list, in the browser's own menu or by a key.

import { like, likes } from "./memory.js";

export function captions(media, list) {
  const tracks = () => [...media.textTracks].filter((each) => each.kind === "captions");
  let last = 0;

  function show(index) {
    tracks().forEach((each, at) => {
      each.mode = at === index ? "showing" : "disabled";
    });
    if (index >= 0) last = index;
    if (list) list.value = index >= 0 ? String(index) : "";
  }

  function showing() {
    return tracks().findIndex((each) => each.mode === "showing");
  }

  function remember() {
    const index = showing();
    like({ captions: index >= 0 ? tracks()[index].language : "" });
    if (list) list.value = index >= 0 ? String(index) : "";
  }

  const wanted = likes().captions;
  show(wanted ? tracks().findIndex((each) => each.language === wanted) : -1);
  media.textTracks.addEventListener("change", remember);
  list?.addEventListener("change", () => show(list.value === "" ? -1 : Number(list.value)));

  return {
    toggle() {
      if (!tracks().length) return "No subtitles";
      show(showing() >= 0 ? -1 : last);
      return showing() >= 0 ? `Subtitles: ${tracks()[showing()].label}` : "Subtitles off";
    },
  };
}
