// What the whole page knows, and who wants to hear when it changes.

const listeners = new Map();

/** Calls `listener(value)` on every `emit(name, value)`. */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
}

/** Tells everybody who asked for `name`. */
export function emit(name, value) {
  for (const listener of listeners.get(name) ?? []) listener(value);
}

/**
 * `viewer`     {id, handle, display_name} or null
 * `algo`       'ch' (ranked) or 'time' (newest first)
 * `paused`     the reader pressed Pause
 * `reporting`  impressions and dwell are sent; never remembered, because it makes posts leave the feed
 * `shortcuts`  single keys act
 * `online`     the last request reached the server
 */
export const state = {
  viewer: null,
  algo: algoInAddress(),
  paused: false,
  reporting: false,
  shortcuts: recall('shortcuts') !== 'off',
  online: true,
};

/** Sets one key and emits its name when the value is another one. */
export function set(key, value) {
  if (Object.is(state[key], value)) return;
  state[key] = value;
  if (key === 'shortcuts') remember('shortcuts', value ? 'on' : 'off');
  emit(key, value);
}

/** The viewer named by the address, or null. */
export function viewerInAddress() {
  return new URLSearchParams(location.search).get('viewer') || null;
}

/** The order named by the address. */
export function algoInAddress() {
  return new URLSearchParams(location.search).get('algo') === 'time' ? 'time' : 'ch';
}

/** Makes somebody the viewer and keeps the choice in the address, so that it can be shared. */
export function chooseViewer(user, { push = true } = {}) {
  const old = state.viewer?.id;
  set('viewer', user);
  if (push && user && old !== user.id) writeAddress('pushState');
}

/** Ranked or newest first, in the address too. */
export function chooseAlgo(algo) {
  set('algo', algo);
  writeAddress('replaceState');
}

/** The address of somebody's feed. */
export function addressOf(id) {
  return `/?${new URLSearchParams({ viewer: id })}`;
}

function writeAddress(how) {
  const query = new URLSearchParams();
  if (state.viewer) query.set('viewer', state.viewer.id);
  if (state.algo !== 'ch') query.set('algo', state.algo);
  const text = query.toString();
  history[how](null, '', text ? `/?${text}` : '/');
}

function recall(key) {
  try {
    return localStorage.getItem(`nova.${key}`);
  } catch {
    return null;
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(`nova.${key}`, value);
  } catch { /* storage is refused: it lasts until the page closes */ }
}
