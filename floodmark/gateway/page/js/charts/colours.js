// The colours of the theme, for what is drawn on a canvas.
let known = new Map();
document.addEventListener("themechange", () => {
  known = new Map();
});

/** The value of a custom property: `accent` for `--accent`. */
export function colour(name) {
  let found = known.get(name);
  if (found === undefined) {
    found = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, found);
  }
  return found;
}
