// Which page is shown: the part of the address after `#/`.

/** `{page, id, query}` of the address. */
export function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, id] = path.split("/");
  return { page: page || "overview", id: id ? decoded(id) : null, query: new URLSearchParams(query ?? "") };
}

/** Change what stands after `?` without a new entry in the history. */
export function remember(query) {
  const path = location.hash.split("?")[0] || "#/";
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  history.replaceState(null, "", text ? `${path}?${text}` : path);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
