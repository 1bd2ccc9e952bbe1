// Sets light or dark before anything is drawn: a classic script in the head, so that no page flashes white at night.
(() => {
  "use strict";
  const wish = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "system";
  try {
    chosen = localStorage.getItem("floodmark.theme") ?? "system";
  } catch {
    // Storage is forbidden: the system's choice is followed.
  }
  const apply = () => {
    const dark = chosen === "dark" || (chosen !== "light" && wish.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.dispatchEvent(new Event("themechange"));
  };
  wish.addEventListener("change", apply);
  globalThis.floodmarkTheme = {
    get: () => chosen,
    set: (name) => {
      chosen = name;
      try {
        localStorage.setItem("floodmark.theme", name);
      } catch {
        // As above: it holds for this page only.
      }
      apply();
    },
  };
  apply();
})();
