// Elements made from text. Nothing that a client has sent is ever read as markup: there is no other way in here.

export const byId = (id) => document.getElementById(id);

/** An element; attributes that begin with `on` are listeners, false ones are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Puts a new form of an item in the place of the old one, which keeps what is open in it and where the keyboard is. */
export function replace(old, now) {
  const mark = old.contains(document.activeElement) ? document.activeElement.dataset.mark : null;
  const opened = [...old.querySelectorAll('details')].map((details) => details.open);
  now.querySelectorAll('details').forEach((details, at) => { details.open = opened[at] ?? false; });
  old.replaceWith(now);
  if (mark) now.querySelector(`[data-mark="${CSS.escape(mark)}"]`)?.focus();
}

/** Tells a person what came of an action. */
export function say(text) {
  byId('said').textContent = text;
}

/** A button that copies a text, and says so. */
export function copyButton(text, what) {
  return el('button', { type: 'button', 'data-mark': `copy ${what}`, 'aria-label': `Copy ${what}`, onclick: () => copy(text, what) }, 'Copy');
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied ${what}.`);
  } catch {
    // Browsers give the clipboard to pages of this machine and of HTTPS alone.
    say('The browser does not let this page copy; select the text.');
  }
}

export const money = (amount) => Number(amount).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const time = (millis) => new Date(millis).toLocaleTimeString('en-GB');

/** JSON as a person reads it; anything else as it is. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
