// The page of `nova demo`: who reads, what they see, what changes. This file only ties the parts together.

import './composer.js';
import './keys.js';
import './side.js';
import { byId, setText } from './dom.js';
import { refresh, restart } from './feed.js';
import * as figures from './figures.js';
import * as live from './live.js';
import { fail, say } from './notice.js';
import { learn, nameless, person } from './people.js';
import { algoInAddress, chooseAlgo, chooseViewer, on, set, state, viewerInAddress } from './state.js';
import { find, welcome } from './viewer.js';

function showViewer(viewer) {
  byId('welcome').hidden = Boolean(viewer);
  byId('reading').hidden = !viewer;
  document.title = viewer ? `${viewer.display_name} · Nova` : 'Nova';
  if (!viewer) {
    welcome();
    return;
  }
  setText(byId('feed-title'), `${viewer.display_name}’s feed`);
  say(`Reading as ${viewer.display_name}`);
  scrollTo(0, 0);
  restart();
  live.start();
}

async function fromAddress() {
  set('algo', algoInAddress());
  const id = viewerInAddress();
  if (!id) {
    if (state.viewer) chooseViewer(null, { push: false });
    else showViewer(null);
    return;
  }
  if (id === state.viewer?.id) return;
  try {
    const user = await find(id);
    learn(user.id, user);
    chooseViewer(person(user.id) ?? nameless(user.id), { push: false });
  } catch (error) {
    fail('This viewer could not be found', error);
    showViewer(null);
  }
}

function showAlgo(algo) {
  for (const radio of document.querySelectorAll('[name=algo]')) radio.checked = radio.value === algo;
}

byId('algo').addEventListener('change', (event) => chooseAlgo(event.target.value));
byId('report').addEventListener('change', (event) => set('reporting', event.target.checked));
byId('report').checked = false;
for (const to of document.querySelectorAll('.views button')) {
  to.addEventListener('click', () => {
    document.body.dataset.view = to.dataset.to;
    for (const one of document.querySelectorAll('.views button')) one.setAttribute('aria-pressed', String(one === to));
    scrollTo(0, 0);
  });
}
document.querySelector('.brand').addEventListener('click', (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, '', '/');
  fromAddress();
});

on('viewer', showViewer);
on('algo', (algo) => {
  showAlgo(algo);
  if (!state.viewer) return;
  restart();
  refresh({ force: true }).catch(() => { /* shown in the list; the next look tries again */ });
});
addEventListener('popstate', fromAddress);

showAlgo(state.algo);
figures.start();
fromAddress();
