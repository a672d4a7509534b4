// The strip of live figures. A plain `nova serve` has none (404): then there is no strip.

import { api } from './api.js';
import { byId, el, setText } from './dom.js';
import { duration, full, short, uptime } from './words.js';

const EVERY_MS = 1_000;
const AWAY_MS = 5_000;
const POINTS = 60;
const WIDTH = 72;
const HEIGHT = 20;
const SVG = 'http://www.w3.org/2000/svg';

const strip = byId('figures');
const rates = [];

// `p50 / p95` of something measured in milliseconds
const pair = (of) => (of ? `${duration(of.p50)} / ${duration(of.p95)}` : '–');

const FIGURES = [
  ['Events per second', (f) => full(Math.round(f.events_per_s))],
  ['Event to visible, P50 / P95', (f) => pair(f.event_to_visible_ms)],
  ['Feed, P50 / P95', (f) => pair(f.feed_ms), (f) => (f.feed_ms?.p99 === undefined ? '' : `P99 ${duration(f.feed_ms.p99)}`)],
  ['Posts', (f) => short(f.posts)],
  ['People', (f) => short(f.users)],
  ['Follows', (f) => short(f.follows)],
  ['Events', (f) => short(f.events)],
  ['Up for', (f) => uptime(f.uptime_s)],
];

let cells = null;
let line = null;

function build() {
  cells = FIGURES.map(([name, value, hint]) => ({ value, hint, node: el('dd'), name }));
  strip.replaceChildren(...cells.map(({ name, node }) => el('div', {}, el('dt', { text: name }), node)));
  for (const cell of cells) cell.node.append(cell.text = el('span'));
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  picture.setAttribute('aria-hidden', 'true');
  picture.classList.add('spark');
  line = document.createElementNS(SVG, 'polyline');
  picture.append(line);
  cells[0].node.append(picture);
}

function draw(rate) {
  rates.push(rate);
  if (rates.length > POINTS) rates.shift();
  const most = Math.max(...rates, 1);
  line.setAttribute('points', rates.map((one, at) => {
    const x = ((at + POINTS - rates.length) / (POINTS - 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 1 - (one / most) * (HEIGHT - 3)).toFixed(1)}`;
  }).join(' '));
}

async function look() {
  if (document.hidden) {
    setTimeout(look, EVERY_MS);
    return;
  }
  let wait = EVERY_MS;
  try {
    const figures = await api.demoFigures();
    if (!cells) build();
    for (const cell of cells) {
      setText(cell.text, cell.value(figures));
      if (cell.hint) cell.node.title = cell.hint(figures);
    }
    draw(figures.events_per_s);
    strip.hidden = false;
    strip.classList.remove('stale');
    // where it does not fit it scrolls, and what scrolls must be reachable by key
    if (strip.scrollWidth > strip.clientWidth) strip.tabIndex = 0;
    else strip.removeAttribute('tabindex');
  } catch (error) {
    if (error.status === 404) return;
    strip.classList.add('stale');
    wait = AWAY_MS;
  }
  setTimeout(look, wait);
}

/** Begins to ask, until the server says there are no figures. */
export function start() {
  look();
}
