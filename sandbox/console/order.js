// The form that buys: rows of recipients, what they cost, and the body that is sent.

import { byId, el, money } from './view.js';

let server = null;
let catalog = null;
let buyer = null;
let changed = () => {};

/** Who buys, from whom, and what to do when the order has become another one. */
export function setUp(onChange) {
  changed = onChange;
  byId('product').addEventListener('change', () => { showPackages(); update(); });
  byId('add-row').addEventListener('click', () => { addRow(); update(); });
  byId('met').addEventListener('input', update);
}

export function setServer(it) {
  server = it;
  byId('numbers').replaceChildren(...it.numbers.map(({ number, fate }) => el('option', { value: number }, fate)));
  if (rows().length === 0) it.samples.forEach((number) => addRow(number));
  update();
}

export function setCatalog(it) {
  catalog = it;
  const select = byId('product');
  const before = select.value;
  select.replaceChildren(...it.operators.map((operator) => el('optgroup', { label: operator.name },
    operator.products.map((product) => el('option', { value: `${operator.id} ${product.id}`, disabled: !product.available }, product.name)))));
  if (before) select.value = before;
  showPackages();
  update();
}

export function setBuyer(it) {
  buyer = it;
  byId('buyer').textContent = it ? `${it.name ?? it.id} (${it.role})` : 'nobody';
  showPackages();
  update();
}

const rows = () => [...byId('rows').children];

function packages() {
  const [operator, product] = byId('product').value.split(' ');
  const found = catalog?.operators.find((it) => it.id === operator)?.products.find((it) => it.id === product);
  return found?.packages ?? [];
}

const price = (it) => it.prices[buyer?.role] ?? Object.values(it.prices)[0] ?? 0;

function fill(select) {
  const before = select.value;
  select.replaceChildren(...packages().map((it) => el('option', { value: it.id, disabled: !it.active }, `${it.label}, ${money(price(it))}`)));
  if (packages().some((it) => it.id === before)) select.value = before;
}

function showPackages() {
  byId('rows').querySelectorAll('select').forEach(fill);
}

function addRow(number = '') {
  if (server && rows().length >= server.most) return;
  const select = el('select', { 'aria-label': 'Package', onchange: update });
  fill(select);
  const row = el('li', { class: 'line' },
    el('input', { 'aria-label': 'Number', list: 'numbers', value: number, required: true, autocomplete: 'off', inputmode: 'tel', oninput: update }),
    select,
    el('button', { type: 'button', 'aria-label': 'Leave this recipient out', onclick: () => { row.remove(); update(); } }, '×'));
  byId('rows').append(row);
}

function update() {
  if (!server || !catalog) return;
  const total = rows().reduce((sum, row) => {
    const chosen = packages().find((it) => it.id === row.querySelector('select').value);
    return sum + (chosen ? Math.round(price(chosen) * 100) : 0);
  }, 0);
  byId('price').textContent = `${rows().length} recipients, ${money(total / 100)} ${server.currency}`;
  changed();
}

/** What is to be sent: too few or too many recipients are the server's to refuse. */
export function order() {
  const [operator, product] = byId('product').value.split(' ');
  const { names } = server;
  return {
    met: byId('met').value.trim(),
    body: {
      [names.operator]: operator,
      [names.product]: product,
      [names.items]: rows().map((row) => ({
        [names.package]: row.querySelector('select').value,
        [names.number]: row.querySelector('input').value,
      })),
    },
  };
}
