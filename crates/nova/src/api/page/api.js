// The way to the server: one function that asks, one error for all that can go wrong, one line per endpoint.

import { set, state } from './state.js';

const TIMEOUT_MS = 10_000;

/** What went wrong, in the server's own words where it had any. `status` 0: it was never reached. */
class ApiError extends Error {
  constructor({ status, code, detail, retryAfterS = null }) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}

/** True for an answer nobody waits for any more (another viewer was chosen). */
export const isAborted = (error) => error?.name === 'AbortError';

/**
 * Asks. Answers with the JSON, or null where there is none. `as`: the viewer's id, or null for nobody.
 * Throws `ApiError`, or an AbortError when `signal` said so.
 */
export async function ask(method, path, { query, body, signal, as = state.viewer?.id, keepalive = false } = {}) {
  const url = new URL(path, location.origin);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(key, value);
  }
  const headers = { Accept: 'application/json, application/problem+json' };
  if (as) headers['X-Nova-User'] = as;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response;
  try {
    response = await fetch(url, {
      method, headers, keepalive, cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    throw unreached(error, signal);
  }
  set('online', true);
  if (!response.ok) throw await refused(response);
  if (response.status === 204) return null;
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError({ status: response.status, code: 'not_json', detail: 'The answer could not be read.' });
  }
}

function unreached(error, signal) {
  if (signal?.aborted) return new DOMException('nobody waits for it', 'AbortError');
  if (error?.name === 'TimeoutError') {
    return new ApiError({ status: 0, code: 'timeout', detail: `No answer within ${TIMEOUT_MS / 1000} seconds.` });
  }
  set('online', false);
  return new ApiError({ status: 0, code: 'offline', detail: 'Nova cannot be reached.' });
}

async function refused(response) {
  const problem = await response.json().catch(() => ({}));
  const fields = Array.isArray(problem.errors) ? problem.errors.map((e) => e.detail ?? e.field) : [];
  const rejected = Array.isArray(problem.rejected) ? problem.rejected.map((r) => r.detail ?? r.code) : [];
  const retryAfter = Number(response.headers.get('Retry-After'));
  return new ApiError({
    status: response.status,
    code: problem.code ?? String(response.status),
    detail: problem.detail || [...fields, ...rejected].join('; ') || problem.title
      || `The server answered ${response.status}.`,
    retryAfterS: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
  });
}

const V1 = '/api/v1';
const post = (id) => `${V1}/posts/${encodeURIComponent(id)}`;
const user = (id) => `${V1}/users/${encodeURIComponent(id)}`;

export const api = {
  feed: (query, signal) => ask('GET', `${V1}/feed`, { query: { explain: 'true', ...query }, signal }),
  trending: (window, limit, signal) => ask('GET', `${V1}/feed/trending`, { query: { window, limit }, signal }),
  suggested: (limit, signal) => ask('GET', `${V1}/discover/suggested-users`, { query: { limit }, signal }),
  events: (events, options = {}) => ask('POST', `${V1}/events`, { body: { events }, ...options }),

  write: (text) => ask('POST', `${V1}/posts`, { body: { text } }),
  comments: (id, cursor) => ask('GET', `${post(id)}/comments`, { query: { limit: 10, cursor } }),
  comment: (id, text) => ask('POST', `${post(id)}/comments`, { body: { text } }),
  uncomment: (id) => ask('DELETE', `${V1}/comments/${encodeURIComponent(id)}`),
  like: (id, yes) => ask(yes ? 'PUT' : 'DELETE', `${post(id)}/like`),
  hide: (id, yes) => ask(yes ? 'PUT' : 'DELETE', `${post(id)}/hide`),
  follow: (id, yes) => ask(yes ? 'PUT' : 'DELETE', `${user(id)}/follow`),
  mute: (id, yes) => ask(yes ? 'PUT' : 'DELETE', `${user(id)}/mute`),
  block: (id, yes) => ask(yes ? 'PUT' : 'DELETE', `${user(id)}/block`),

  user: (id, options) => ask('GET', user(id), options),
  userByHandle: (handle) => ask('GET', `${V1}/users`, { query: { handle }, as: null }),
  demoViewers: () => ask('GET', '/demo/viewers', { as: null }),
  demoFigures: () => ask('GET', '/demo/figures', { as: null }),
};
