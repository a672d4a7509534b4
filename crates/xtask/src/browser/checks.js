// Every rule that the page breaks as it stands, as sentences. Run in the page; WCAG 2.2 AA where a number is needed.

const findings = [];
const say = (node, what) => findings.push(`${what}: ${node.outerHTML.replace(/\s+/g, ' ').slice(0, 120)}`);

const shown = (node) => {
  const box = node.getBoundingClientRect();
  return box.width > 1 && box.height > 1 && node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
};

// 1. nothing sticks out of the window
if (document.scrollingElement.scrollWidth > innerWidth) findings.push(`the page is wider than its window by ${document.scrollingElement.scrollWidth - innerWidth} px`);
const scrolls = (node) => node && (/auto|scroll|hidden|clip/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
for (const node of document.querySelectorAll('body *')) {
  const box = node.getBoundingClientRect();
  if (shown(node) && (box.right > innerWidth + 1 || box.left < -1) && !scrolls(node.parentElement)) say(node, 'sticks out of the window');
}

// 2. text stands out from what is behind it: 4.5 to 1, large text 3 to 1
const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
const rgba = (colour) => {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
// where nothing is painted at all, Chromium shows these
const bare = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
const behind = (node) => {
  if (!node) return bare;
  const own = rgba(getComputedStyle(node).backgroundColor);
  return own[3] === 1 ? own : over(own, behind(node.parentElement));
};
const luminance = ([r, g, b]) => {
  const [R, G, B] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * R + 0.7152 * G + 0.0722 * B;
};
const contrast = (a, b) => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const judge = (node, colour) => {
  const style = getComputedStyle(node);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const ground = behind(node);
  const ratio = contrast(over(rgba(colour), ground), ground);
  if (ratio < (large ? 3 : 4.5)) say(node, `contrast ${ratio.toFixed(2)}`);
};
for (const node of document.querySelectorAll('body *')) {
  if (!shown(node) || node.matches(':disabled, .sr-only, script, noscript')) continue;
  const style = getComputedStyle(node);
  if ([...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim())) judge(node, style.color);
  if (node.placeholder && !node.value) judge(node, getComputedStyle(node, '::placeholder').color);
}

// 3. what can be used has a name, and is large enough to be hit
const controls = 'button, a[href], input, textarea, select, summary, [role=tab], [role=option]';
for (const node of document.querySelectorAll(controls)) {
  // a switch is drawn by the text of its label
  if (!shown(node) && !(node.type === 'radio' && shown(node.closest('label')))) continue;
  const by = (node.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '');
  const name = [node.getAttribute('aria-label'), ...by, ...[...node.labels ?? []].map((label) => label.textContent), node.textContent];
  if (!name.some((one) => one?.trim())) say(node, 'has no name');
  const target = node.matches('input') ? node.closest('label') ?? node : node;
  const box = target.getBoundingClientRect();
  const inText = getComputedStyle(node).display === 'inline';
  if (!inText && (box.width < 24 || box.height < 24)) say(node, `is ${box.width.toFixed(0)} by ${box.height.toFixed(0)} px, at least 24 by 24`);
}

// 4. what refers to another part finds it, once
const ids = new Map();
for (const node of document.querySelectorAll('[id]')) ids.set(node.id, (ids.get(node.id) ?? 0) + 1);
for (const [id, times] of ids) if (times > 1) findings.push(`the id ${id} stands ${times} times`);
for (const name of ['aria-controls', 'aria-labelledby', 'aria-describedby', 'for']) {
  for (const node of document.querySelectorAll(`[${name}]`)) {
    for (const id of node.getAttribute(name).split(/\s+/)) if (!ids.has(id)) say(node, `${name} leads nowhere`);
  }
}
if ([...document.querySelectorAll('h1')].filter(shown).length !== 1) findings.push('there is not one heading of the first level');
return [...new Set(findings)];
