// The viewer's API key: for this tab only, gone when it is closed, sent in a header and never in an address.
const KEY = "floodmark.key";
let kept = null;

/** The key, or null. */
export function key() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return kept;
  }
}

/** Keep this key for the tab; null forgets it. */
export function keep(text) {
  kept = text;
  try {
    if (text === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
  } catch {
    // Storage is forbidden: it is kept until the page is left.
  }
}

/** The headers that carry it. */
export const headersOf = (text) => (text ? { Authorization: `Bearer ${text}` } : {});
