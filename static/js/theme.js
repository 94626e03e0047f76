// Light, dark, or as the system: remembered here, and set before the first paint.
(() => {
  const KEY = "videomind.theme";
  const NAMES = { system: "as the system", light: "light", dark: "dark" };
  const root = document.documentElement;

  function remembered() {
    try {
      return NAMES[localStorage.getItem(KEY)] ? localStorage.getItem(KEY) : "system";
    } catch {
      return "system";
    }
  }

  function show(theme) {
    if (theme === "system") root.removeAttribute("data-theme");
    else root.dataset.theme = theme;
  }

  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // A browser without storage forgets; the page still changes.
    }
  }

  function next(theme) {
    const names = Object.keys(NAMES);
    return names[(names.indexOf(theme) + 1) % names.length];
  }

  function offer(button) {
    let theme = remembered();
    const label = button.querySelector("[data-theme-label]");
    const say = () => {
      label.textContent = `Colours: ${NAMES[theme]}`;
      button.title = label.textContent;
    };
    button.hidden = false;
    say();
    button.addEventListener("click", () => {
      theme = next(theme);
      show(theme);
      remember(theme);
      say();
    });
  }

  show(remembered());
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-theme-toggle]").forEach(offer);
  });
})();
