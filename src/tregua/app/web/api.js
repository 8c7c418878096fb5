// Talking with the server that serves this page, and with nobody else.

/** @import {Progress} from "./answers.js" */
/** @import {Answers, Failure, Problem, Query} from "./types.js" */

/** What went wrong, as the server tells it: where, what, and what would be valid. */
export class Refused extends Error {
  /** @param {number} status @param {Problem[]} problems */
  constructor(status, problems) {
    super(problems.map((p) => p.what).join(" ") || `HTTP ${status}`);
    this.status = status;
    this.problems = problems;
  }
}

const SESSION = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
/** @type {Map<string, AbortController>} */
const under_way = new Map();
/** @type {Map<string, Promise<any>>} */
const kept = new Map();

/**
 * An address with its query; empty values are left out.
 * @param {string} path
 * @param {Query} [query]
 */
export function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const text = new URLSearchParams(pairs.map(([k, v]) => [k, String(v)])).toString();
  return text ? `${path}?${text}` : path;
}

/** @param {Response} reply @returns {Promise<any>} */
async function read(reply) {
  if (reply.ok) return reply.status === 204 ? null : reply.json();
  /** @type {Problem[]} */
  let problems = [];
  try {
    problems = (await reply.json()).problems || [];
  } catch {
    // Not JSON: the status says enough.
  }
  throw new Refused(reply.status, problems.length ? problems : [{ what: `HTTP ${reply.status}` }]);
}

/** @param {string|undefined} latest */
function aborting(latest) {
  if (!latest) return undefined;
  under_way.get(latest)?.abort();
  const control = new AbortController();
  under_way.set(latest, control);
  return control.signal;
}

/**
 * Whether an error only says that a newer request took this one's place.
 * @param {unknown} error
 */
export function superseded(error) {
  const { name, status } = /** @type {Failure} */ (error);
  return name === "AbortError" || status === 409;
}

/**
 * Get a JSON reply; the same address is asked for once, unless `fresh`.
 * @template {string} Path
 * @param {Path} path
 * @param {Query} [query]
 * @param {{latest?: string, fresh?: boolean, ahead?: boolean}} [options] `latest` aborts the former request of that name; `ahead`
 *   takes what the document asked for ahead, which the browser gives only to a request without a name
 * @returns {Promise<Path extends keyof Answers ? Answers[Path] : any>}
 */
export function get(path, query, options = {}) {
  const url = address(path, query);
  if (!options.fresh && !options.latest && kept.has(url)) return /** @type {Promise<any>} */ (kept.get(url));
  /** @type {Record<string, string>} */ const headers = options.ahead ? {} : { "X-Session": SESSION };
  const reply = fetch(url, { headers, signal: aborting(options.latest) }).then(read);
  if (!options.latest) {
    kept.set(url, reply);
    reply.catch(() => kept.delete(url));
    const [oldest] = kept.keys();
    if (kept.size > 60) kept.delete(oldest);
  }
  return reply;
}

/**
 * Post JSON and get JSON.
 * @param {string} path
 * @param {any} body
 * @param {{latest?: string}} [options]
 * @returns {Promise<any>}
 */
export async function post(path, body, options = {}) {
  return read(await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Session": SESSION },
    body: JSON.stringify(body),
    signal: aborting(options.latest),
  }));
}

/**
 * Delete, as one cancels a run.
 * @param {string} path
 */
export async function remove(path) {
  return read(await fetch(path, { method: "DELETE", headers: { "X-Session": SESSION } }));
}

/**
 * Follow a run's events until it ends.
 * @param {string} path such as `/api/runs/ID/events`
 * @param {{progress?: (told: Progress) => void, done?: (told: {key: string}) => void, failed?: (told: {problems: Problem[]}) => void, cancelled?: (told: {}) => void}} on
 * @returns {() => void} stops listening
 */
export function stream(path, on) {
  const source = new EventSource(path);
  /** @param {MessageEvent} event */
  const told = (event) => (event.data ? JSON.parse(event.data) : {});
  let lost = 0;
  source.addEventListener("progress", (event) => { lost = 0; on.progress?.(told(event)); });
  for (const name of /** @type {const} */ (["done", "failed", "cancelled"])) {
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

/** This page's session, which its requests name. */
export const session = SESSION;
