// Choosing whose feed it is: a box that finds people by handle or id, with suggestions, and the welcome page.

import { api } from './api.js';
import { byId, el, setText } from './dom.js';
import { avatar } from './item.js';
import { learn, nameless, person } from './people.js';
import { addressOf, chooseViewer, on, state } from './state.js';
import { and } from './words.js';

const SHOWN_MAX = 8;
const ID = /^(\d{1,19}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;

const input = byId('viewer-input');
const box = byId('viewer-list');
const hint = byId('viewer-hint');
let active = -1;
let offered = [];
let people;

/** Who to try: the demo's own list, else the authors of what is trending. Asked once. */
function suggestions() {
  people ??= api.demoViewers().then((page) => page.items).catch(() => trendingAuthors())
    .then((found) => {
      for (const one of found) learn(one.id, one);
      if (!found.length) people = undefined;
      return found;
    });
  return people;
}

async function trendingAuthors() {
  try {
    const { items } = await api.trending('7d', 50);
    const ids = [...new Set(items.map((post) => post.author_id))].slice(0, SHOWN_MAX);
    const found = await Promise.all(ids.map((id) => api.user(id).catch(() => null)));
    return found.filter(Boolean).map((one) => ({ ...one, taste: [] }));
  } catch {
    return [];
  }
}

/** Somebody by handle, with or without @, or by id. Throws what the server said. */
export async function find(text) {
  const word = text.trim().replace(/^@/, '');
  if (ID.test(word)) {
    try {
      return await api.user(word, { as: null });
    } catch (error) {
      if (error.status !== 404) throw error;
      // an id without a row is somebody who follows nobody: that has a feed too
      return nameless(word);
    }
  }
  const answer = await api.userByHandle(word.toLowerCase());
  const user = Array.isArray(answer?.items) ? answer.items[0] : answer;
  if (!user?.id) throw new Error(`Nobody is called @${word}.`);
  return user;
}

const nameOf = (one) => (person(one.id) ?? nameless(one.id)).display_name;

/** The name in the box when nobody is choosing. */
function settle() {
  close();
  input.value = state.viewer ? state.viewer.display_name : '';
}

function close() {
  box.hidden = true;
  active = -1;
  input.setAttribute('aria-expanded', 'false');
  input.removeAttribute('aria-activedescendant');
}

async function offer() {
  const word = input.value.trim().replace(/^@/, '').toLowerCase();
  const all = await suggestions();
  if (document.activeElement !== input) return;
  const fits = (one) => [one.handle, one.display_name, ...(one.taste ?? [])].some((text) => text?.toLowerCase().includes(word));
  const untouched = input.value === state.viewer?.display_name;
  offered = (word && !untouched ? all.filter(fits) : all).slice(0, SHOWN_MAX);
  active = -1;
  input.removeAttribute('aria-activedescendant');
  box.replaceChildren(...offered.map((one, at) => el('li', { role: 'option', id: `viewer-${at}`, 'aria-selected': 'false',
    // before the blur that a press on it causes
    on: { pointerdown: (event) => { event.preventDefault(); choose(one); } } },
  avatar(one.id, nameOf(one)), el('span', {}, el('b', { text: nameOf(one) }), one.handle ? ` @${one.handle}` : '',
    one.taste?.length ? el('small', { text: one.taste.join(', ') }) : ''))));
  box.hidden = !offered.length;
  input.setAttribute('aria-expanded', String(Boolean(offered.length)));
}

function mark(to) {
  if (box.hidden || !offered.length) return;
  active = (to + offered.length) % offered.length;
  [...box.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === active)));
  box.children[active].scrollIntoView({ block: 'nearest' });
  input.setAttribute('aria-activedescendant', `viewer-${active}`);
}

function choose(user) {
  setText(hint, '');
  learn(user.id, user);
  chooseViewer(person(user.id) ?? nameless(user.id));
  settle();
  input.blur();
}

async function submit() {
  if (active >= 0) return choose(offered[active]);
  const text = input.value.trim();
  if (!text || text === state.viewer?.display_name) return input.blur();
  setText(hint, 'Looking');
  try {
    choose(await find(text));
  } catch (error) {
    setText(hint, error.status === 404 ? `Nobody is called ${text}.` : error.message);
  }
  return undefined;
}

input.addEventListener('focus', () => { input.select(); offer(); });
input.addEventListener('input', () => { setText(hint, ''); offer(); });
input.addEventListener('blur', () => { settle(); setText(hint, ''); });
input.addEventListener('keydown', (event) => {
  const act = {
    ArrowDown: () => (box.hidden ? offer() : mark(active + 1)),
    ArrowUp: () => mark(active < 0 ? -1 : active - 1),
    Enter: submit,
    Escape: () => input.blur(),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});
on('viewer', settle);

/** The page before anybody is chosen. */
export async function welcome() {
  const found = await suggestions();
  byId('welcome-list').replaceChildren(...found.slice(0, 12).map((one) => el('li', {},
    el('a', { href: addressOf(one.id), on: { click: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      choose(one);
    } } }, avatar(one.id, nameOf(one)),
    el('span', {}, el('b', { text: nameOf(one) }), one.handle ? el('small', { text: `@${one.handle}` }) : '',
      one.taste?.length ? el('small', { text: `reads about ${and(one.taste)}` }) : '')))));
  const note = byId('welcome-note');
  note.hidden = found.length > 0;
  setText(note, 'Nova has no list of people to try here. Type a handle or an id above.');
}
