// The console's live parts: polling rests while the tab is hidden, times are worded, logs follow.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function words(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 s";
  const [size, unit] = UNITS[first];
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((whole % size) / next[0]) : 0;
  // Days and hours, hours and minutes; "3 min 4 s" only while it is short.
  const both = rest && (size > 60 || whole < 600);
  return `${Math.floor(whole / size)} ${unit}${both ? ` ${rest} ${next[1]}` : ""}`;
}

function age(element, now) {
  const seconds = (now - Date.parse(element.dateTime)) / 1000;
  switch (element.dataset.age) {
    case "for": return `for ${words(seconds)}`;
    case "in": return seconds < 0 ? `in ${words(-seconds)}` : "now";
    default: return seconds < 1 ? "just now" : `${words(seconds)} ago`;
  }
}

function tellTimes() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-age]")) {
    const text = age(element, now);
    // Writing the same text again would drop what a person has selected.
    if (element.textContent !== text) element.textContent = text;
  }
}

function rest(event) {
  if (document.hidden && event.target.closest("[data-live]")) event.preventDefault();
}

function wake() {
  if (document.hidden || !window.htmx) return;
  tellTimes();
  for (const element of document.querySelectorAll("[data-live]")) window.htmx.trigger(element, "wake");
}

function note(text, live) {
  const place = document.querySelector("[data-live-note]");
  if (!place || ended) return;
  place.hidden = false;
  place.classList.toggle("stale", !live);
  place.querySelector("[data-live-text]").textContent = text;
}

let ended = false;

function endNote() {
  ended = true;
  document.querySelector("[data-live-note]")?.remove();
}

// A log that is read at its end stays at its end.
let atEnd = false;
const log = () => document.querySelector("[data-log]");

function beforeSwap() {
  const place = log();
  atEnd = Boolean(place) && place.scrollHeight - place.scrollTop - place.clientHeight < 40;
}

function afterSwap(event) {
  tellTimes();
  const place = log();
  if (!place) return;
  const isNew = event.detail.elt?.id === "log" || event.target.id === "log";
  if (atEnd || isNew) place.scrollTop = place.scrollHeight;
}

document.body.addEventListener("htmx:beforeRequest", rest);
document.body.addEventListener("htmx:beforeSwap", beforeSwap);
document.body.addEventListener("htmx:afterSwap", afterSwap);
document.body.addEventListener("htmx:oobAfterSwap", tellTimes);
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  // 286 on the page's own poller: the job is final, and nothing is live any more.
  if (event.detail.xhr.status === 286 && event.target.id !== "log-more") endNote();
  else note("Live", true);
});
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.body.addEventListener(name, () => note("Not up to date: the server does not answer", false));
}
document.addEventListener("visibilitychange", wake);

for (const form of document.querySelectorAll("[data-filters]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
  // An empty filter says nothing; the address is shorter without it.
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });
}

for (const element of document.querySelectorAll("[data-without-script]")) element.hidden = Boolean(window.htmx);
tellTimes();
setInterval(() => { if (!document.hidden) tellTimes(); }, 1000);
const first = log();
if (first) first.scrollTop = first.scrollHeight;
if (document.querySelector("[data-live-note]")) note("Live", true);
