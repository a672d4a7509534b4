// Writing a post as the viewer.

import { api } from './api.js';
import { byId, setText } from './dom.js';
import { toast } from './notice.js';
import { emit, on } from './state.js';
import { full } from './words.js';

const TEXT_MAX = 5_000;
const WARN_BELOW = 200;

const form = byId('composer');
const box = byId('composer-text');
const count = byId('composer-count');
const error = byId('composer-error');
const submit = form.querySelector('button');
let sending = false;

// characters as the server counts them: of the trimmed text, by code point
const length = () => [...box.value.trim()].length;

function measure() {
  const left = TEXT_MAX - length();
  setText(count, left >= 0 ? `${full(left)} left` : `${full(-left)} too many`);
  count.dataset.level = left < 0 ? 'over' : left < WARN_BELOW ? 'near' : '';
  submit.disabled = sending || left < 0 || left === TEXT_MAX;
  form.classList.toggle('open', box.value !== '' || form.contains(document.activeElement));
}

async function send(event) {
  event.preventDefault();
  measure();
  if (submit.disabled) return;
  sending = true;
  measure();
  try {
    await api.write(box.value.trim());
    box.value = '';
    setText(error, '');
    toast('Posted. Your own posts stay out of your feed; your followers see it in theirs.');
    emit('wrote');
  } catch (problem) {
    setText(error, problem.message);
  }
  sending = false;
  measure();
}

form.addEventListener('submit', send);
box.addEventListener('input', () => { setText(error, ''); measure(); });
box.addEventListener('keydown', (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(event); });
for (const event of ['focusin', 'focusout']) form.addEventListener(event, () => requestAnimationFrame(measure));
on('viewer', (viewer) => {
  box.value = '';
  setText(error, '');
  const label = viewer ? `Write as ${viewer.display_name}` : 'Write a post';
  setText(byId('composer-label'), label);
  box.placeholder = label;
  measure();
});
