// Asks the gateway; what goes wrong is an error with the gateway's own words.
import { headersOf, key } from "./key.js";

/** An answer that is no success, or none at all (`status` 0). */
export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** The JSON of a GET. */
export const get = (path, query = {}) => ask(`${path}${queryOf(query)}`, {});

/** The JSON of a POST; of two with one `once` the second changes nothing. */
export const post = (path, body, once) =>
  ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "Idempotency-Key": once } });

function queryOf(query) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function ask(address, { headers = {}, ...options }) {
  let answer;
  try {
    answer = await fetch(address, { ...options, headers: { ...headers, ...headersOf(key()) }, cache: "no-store" });
  } catch {
    throw new ApiError(0, "The gateway does not answer.");
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(answer.status, body?.detail ?? `The gateway answered ${answer.status}.`);
  return body;
}
