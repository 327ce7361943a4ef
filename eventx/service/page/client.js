// Requests to the service.

export class Problem extends Error {
  constructor(status, message, errors = []) {
    super(message);
    Object.assign(this, { status, errors });
  }
}

let token = "";
export const use = (value) => { token = value; };

// Return the response to a GET, or to a POST of a JSON string.
export async function ask(path, body, signal) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The service does not answer. Is it running?");
  }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  const wait = response.headers.get("Retry-After");
  const detail = told.detail ?? response.statusText;
  throw new Problem(response.status, wait ? `${detail} (in ${wait} s)` : detail, told.errors);
}
