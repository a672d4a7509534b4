// Putting a list into a new order so that the eye can follow (first, last, invert, play).

import { lessMotion } from './dom.js';

const MOVE_MS = 420;
const EASING = 'cubic-bezier(.2, .7, .2, 1)';

/**
 * Makes `nodes` the children of `list`, in that order. The node that has the focus is never taken out of the
 * document: the others move around it, so a reader's place and a screen reader's place stay.
 */
export function reorder(list, nodes) {
  const still = lessMotion();
  const before = new Map();
  if (!still) for (const child of list.children) before.set(child, child.getBoundingClientRect().top);
  const keep = new Set(nodes);
  for (const child of [...list.children]) if (!keep.has(child)) child.remove();
  arrange(list, nodes);
  if (still) return;

  for (const node of nodes) for (const animation of node.getAnimations()) if (animation.id === 'move') animation.cancel();
  const near = innerHeight * 2;
  const moves = nodes.map((node) => ({ node, from: before.get(node), to: node.getBoundingClientRect().top }));
  for (const { node, from, to } of moves) {
    if (Math.min(Math.abs(from ?? to), Math.abs(to)) > near) continue;
    if (from === undefined) play(node, [{ opacity: 0, transform: 'translateY(-8px)' }, { opacity: 1, transform: 'none' }]);
    else if (Math.abs(from - to) > 1) play(node, [{ transform: `translateY(${from - to}px)` }, { transform: 'none' }]);
  }
}

function arrange(list, nodes) {
  if (!nodes.length) return;
  const pivot = nodes.find((node) => node.contains(document.activeElement)) ?? nodes[0];
  if (pivot.parentNode !== list) list.prepend(pivot);
  const at = nodes.indexOf(pivot);
  for (let i = at - 1, next = pivot; i >= 0; next = nodes[i], i -= 1) {
    if (next.previousElementSibling !== nodes[i]) next.before(nodes[i]);
  }
  for (let i = at + 1, last = pivot; i < nodes.length; last = nodes[i], i += 1) {
    if (last.nextElementSibling !== nodes[i]) last.after(nodes[i]);
  }
}

function play(node, frames) {
  const animation = node.animate(frames, { duration: MOVE_MS, easing: EASING });
  animation.id = 'move';
}
