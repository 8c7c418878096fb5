// Talking with the server that serves this page, and with nobody else.

/** What went wrong, as the server tells it: where, what, and what would be valid. */
export class Refused extends Error {
  /** @param {number} status @param {{where?: string, what: string, valid?: string}[]} problems */
  constructor(status, problems) {
    super(problems.map((p) => p.what).join(" ") || `HTTP ${status}`);
    this.status = status;
    this.problems = problems;
  }
}

const SESSION = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
const under_way = new Map();
const kept = new Map();

/** An address with its query; empty values are left out. */
export function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const text = new URLSearchParams(pairs.map(([k, v]) => [k, String(v)])).toString();
  return text ? `${path}?${text}` : path;
}

async function read(reply) {
  if (reply.ok) return reply.status === 204 ? null : reply.json();
  let problems = [];
  try {
    problems = (await reply.json()).problems || [];
  } catch {
    // Not JSON: the status says enough.
  }
  throw new Refused(reply.status, problems.length ? problems : [{ what: `HTTP ${reply.status}` }]);
}

function aborting(latest) {
  if (!latest) return undefined;
  under_way.get(latest)?.abort();
  const control = new AbortController();
  under_way.set(latest, control);
  return control.signal;
}

/** Whether an error only says that a newer request took this one's place. */
export const superseded = (error) => error.name === "AbortError" || error.status === 409;

/**
 * Get a JSON reply; the same address is asked for once, unless `fresh`.
 * @param {string} path
 * @param {Object<string, any>} [query]
 * @param {{latest?: string, fresh?: boolean}} [options] `latest` aborts the former request of that name
 */
export function get(path, query, options = {}) {
  const url = address(path, query);
  if (!options.fresh && !options.latest && kept.has(url)) return kept.get(url);
  const reply = fetch(url, { headers: { "X-Session": SESSION }, signal: aborting(options.latest) }).then(read);
  if (!options.latest) {
    kept.set(url, reply);
    reply.catch(() => kept.delete(url));
    if (kept.size > 60) kept.delete(kept.keys().next().value);
  }
  return reply;
}

/**
 * Post JSON and get JSON.
 * @param {string} path
 * @param {any} body
 * @param {{latest?: string}} [options]
 */
export async function post(path, body, options = {}) {
  return read(await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Session": SESSION },
    body: JSON.stringify(body),
    signal: aborting(options.latest),
  }));
}

/** Delete, as one cancels a run. */
export async function remove(path) {
  return read(await fetch(path, { method: "DELETE", headers: { "X-Session": SESSION } }));
}

/**
 * Follow a run's events until it ends.
 * @param {string} path such as `/api/runs/ID/events`
 * @param {{progress?: Function, done?: Function, failed?: Function, cancelled?: Function}} on
 * @returns {() => void} stops listening
 */
export function stream(path, on) {
  const source = new EventSource(path);
  const told = (event) => (event.data ? JSON.parse(event.data) : {});
  let lost = 0;
  source.addEventListener("progress", (event) => { lost = 0; on.progress?.(told(event)); });
  for (const name of ["done", "failed", "cancelled"]) {
    source.addEventListener(name, (event) => {
      source.close();
      on[name]?.(told(event));
    });
  }
  source.addEventListener("error", () => {
    lost += 1;
    if (source.readyState !== EventSource.CLOSED && lost < 4) return; // the browser tries again
    source.close();
    on.failed?.({ problems: [{ what: "The connection was lost." }] });
  });
  return () => source.close();
}

export const session = SESSION;
