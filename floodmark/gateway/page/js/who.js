// Who does something: their name is remembered on this machine.
const NAME = "floodmark.name";

/** The name that was given last; empty at first. */
export function remembered() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

export function remember(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    // Storage is forbidden: it is asked for again.
  }
}

/** A dialog that is sent again after an error counts once; `randomUUID` is there on secure pages alone. */
export const onceKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("-");

/** What went wrong, with what to do where a right is missing. */
export const trouble = (error) => (error.status === 401 || error.status === 403 ? `${error.message} Give a key that may do this under “Key”.` : error.message);
