// Pages of cards: how far each was watched, what to continue with, and more without a new page.

import { forgetPositions, isEnded, positionOf, share, underWay } from "./memory.js";

function showWatched(root) {
  for (const card of root.querySelectorAll("[data-track]")) {
    const bar = card.querySelector(".watched");
    const position = bar && positionOf(card.dataset.track);
    if (!position) continue;
    bar.value = isEnded(position) ? 100 : Math.round(share(position) * 100);
    bar.hidden = bar.value < 1;
  }
}

async function fetchPage(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

async function showContinued(shelf) {
  const ids = underWay().slice(0, 12);
  if (!ids.length) return;
  const asked = ids.map((id) => `v=${encodeURIComponent(id)}`).join("&");
  const page = await fetchPage(`${shelf.dataset.continue}?${asked}`);
  const cards = page.querySelectorAll("[data-track]");
  const row = shelf.querySelector("[data-continue-cards]");
  row.replaceChildren(...cards);
  shelf.hidden = cards.length === 0;
  showWatched(row);
}

function offerToForget(shelf) {
  shelf.querySelector("[data-forget]").addEventListener("click", () => {
    forgetPositions();
    shelf.hidden = true;
    for (const bar of document.querySelectorAll(".watched")) bar.hidden = true;
  });
}

async function showMore(link) {
  link.setAttribute("aria-busy", "true");
  const page = await fetchPage(link.href);
  const cards = [...page.querySelectorAll("[data-grid] > *")];
  document.querySelector("[data-grid]").append(...cards);
  showWatched(document);
  const following = page.querySelector("[data-more]");
  if (following) {
    link.href = following.href;
    link.removeAttribute("aria-busy");
  } else {
    link.remove();
  }
  cards[0]?.querySelector("a")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  showMore(link).catch(() => location.assign(link.href));
});

showWatched(document);
const shelf = document.querySelector("[data-continue]");
if (shelf) {
  offerToForget(shelf);
  showContinued(shelf).catch(() => {});
}
// A page that comes back from the history shows what was watched meanwhile.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  showWatched(document);
  if (shelf) showContinued(shelf).catch(() => {});
});
