// The console: shows what the server tells, and asks it for what the buttons say.

import { copy, byId, copyButton, el, money, pretty, replace, say, time } from './view.js';
import { events } from './stream.js';
import { order, setBuyer, setCatalog, setServer, setUp } from './order.js';
import { snippets } from './snippets.js';

const AGAIN = 2000;
const TOKEN = 'sandbox admin token';

// Everything is below the page's own path, so that a proxy may lead to it from anywhere.
const root = location.pathname.replace(/\/[^/]*$/, '');
const base = location.origin + root;

const accounts = new Map();
const labels = new Map();
let server = null;
let chosen = null;
let clock = null;

// What the doors ask for.

function token() {
  const kept = sessionStorage.getItem(TOKEN);
  return kept ? { Authorization: `Bearer ${kept}` } : {};
}

async function ask(path, body) {
  const headers = { ...token(), 'Content-Type': 'application/json' };
  const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `status ${response.status}`);
  return answer;
}

async function state(name, params, done) {
  try {
    const answer = await ask('/_states', { state: name, params });
    say(done(answer));
  } catch (error) {
    say(`Not done: ${error.message}`);
  }
}

// Accounts.

function accountItem(account) {
  const picked = account.id === chosen;
  const name = account.name ?? account.id;
  const key = account.key ?? (account.hint ? `${account.hint}…` : 'no key that opens it');
  return el('li', { id: `account ${account.id}`, class: picked ? 'picked' : '' },
    el('label', { class: 'pick' },
      el('input', { type: 'radio', name: 'account', value: account.id, 'data-mark': 'pick', checked: picked, onchange: () => choose(account.id) }),
      el('strong', {}, name), ' ', el('small', {}, account.role)),
    el('span', { class: 'money' }, `${money(account.available)} ${server?.currency ?? ''}`,
      account.held > 0 ? el('small', {}, ` ${money(account.held)} held`) : null),
    el('span', { class: 'key' }, el('code', {}, key), account.key ? copyButton(account.key, `the key of ${name}`) : null));
}

function choose(id) {
  const before = accounts.get(chosen);
  chosen = id;
  [before, accounts.get(id)].filter(Boolean).forEach(showAccount);
  const account = accounts.get(id);
  byId('chosen').textContent = account ? `Change ${account.name ?? account.id}` : 'Change the account';
  setBuyer(account);
}

function showAccount(account) {
  accounts.set(account.id, account);
  const old = byId(`account ${account.id}`);
  const item = accountItem(account);
  if (old) replace(old, item); else byId('account-list').append(item);
  if (account.id === chosen) setBuyer(account);
  else if (chosen === null && account.buyer && account.key) choose(account.id);
}

const change = (name, params, done) => state(name, { profileId: chosen, ...params }, done);

function setUpAccounts() {
  const form = (id, act) => byId(id).addEventListener('submit', (event) => { event.preventDefault(); act(); });
  const value = (id) => byId(id).value;
  form('top-up', () => change('top-up', { amount: Number(value('amount')) }, ({ balance }) => `The wallet holds ${money(balance)} now.`));
  form('fail', () => fail(chosen, value('failing')));
  form('provoke', () => change('provoke', { directives: value('directives'), times: Number(value('times')) },
    () => `The next requests (${value('times')}) meet ${value('directives')}.`));
  form('open', () => state('account', { role: value('role'), balance: Number(value('opening')) },
    ({ profileId }) => `Opened ${profileId}.`));
  byId('new-key').addEventListener('click', () => change('key', {}, () => 'There is one more key.'));
  byId('revoke').addEventListener('click', () => change('revoke', {}, ({ revoked }) => `${revoked} keys were revoked.`));
}

const fail = (profileId, number) => state('recipient', { profileId, beneficiaryMsisdn: number, outcome: 'failed' },
  () => `The next time that ${number} is bought for, it fails.`);

// The clock.

function setUpClock() {
  const set = async (setting) => {
    try {
      clock = { ...(await ask('/_clock', setting)), seen: Date.now() };
      showTime();
    } catch (error) {
      say(`Not done: ${error.message}`);
    }
  };
  byId('freeze').addEventListener('click', () => set({ frozen: !clock?.frozen }));
  byId('advance').addEventListener('click', () => set({ advanceMillis: 10_000 }));
  setInterval(showTime, 1000);
}

function showTime() {
  if (!clock) return;
  const now = clock.frozen ? clock.now : clock.now + Date.now() - clock.seen;
  byId('time').textContent = time(now) + (clock.frozen ? ', stopped' : '');
  byId('freeze').textContent = clock.frozen ? 'Let the clock run' : 'Stop the clock';
  byId('freeze').setAttribute('aria-pressed', String(clock.frozen));
}

// Orders.

const badge = (state) => el('span', { class: `badge ${state}` }, state);

function orderItem(it) {
  const account = accounts.get(it.account);
  const ended = it.recipients.filter(({ state }) => state === 'completed').length;
  return el('li', { id: `order ${it.id}` },
    el('details', {},
      el('summary', { 'data-mark': 'order' },
        badge(it.state), el('span', { class: 'grow' }, ` ${it.reference} `, el('small', {}, `by ${account?.name ?? it.account}`)),
        el('span', { class: 'dots', 'aria-hidden': 'true' }, it.recipients.map(({ state }) => el('i', { class: state }))),
        el('small', {}, `${ended} of ${it.recipients.length} completed`),
        el('span', { class: 'money' }, `${money(it.total)} ${server?.currency ?? ''}`)),
      el('p', { class: 'line' }, el('code', {}, it.id), copyButton(it.id, 'the id of the order'), el('small', {}, `made at ${time(it.created)}`)),
      el('table', {},
        el('thead', {}, el('tr', {}, ['To', 'Package', 'Price', 'State', 'Do'].map((text) => el('th', { scope: 'col' }, text)))),
        el('tbody', {}, it.recipients.map((recipient) => recipientRow(it, recipient))))));
}

function recipientRow(it, recipient) {
  const { position, number, state } = recipient;
  const key = accounts.get(it.account)?.key;
  const retryable = state === 'failed';
  return el('tr', {},
    el('td', {}, number), el('td', { title: recipient.package }, labels.get(recipient.package) ?? recipient.package), el('td', {}, money(recipient.price)),
    el('td', {}, badge(state), recipient.error ? el('small', {}, ` ${recipient.error}`) : null),
    el('td', {},
      retryable ? el('button', {
        type: 'button', 'data-mark': `retry ${position}`, disabled: !key, title: key ? null : 'No key of this account is known',
        'aria-label': `Retry ${number}`, onclick: () => retry(it.id, position, key),
      }, 'Retry') : null,
      server?.states ? el('button', {
        type: 'button', 'data-mark': `fail ${position}`, 'aria-label': `Fail next for ${number}`, onclick: () => fail(it.account, number),
      }, 'Fail next') : null));
}

function showOrder(it) {
  const old = byId(`order ${it.id}`);
  if (old) replace(old, orderItem(it)); else byId('order-list').prepend(orderItem(it));
}

/** The path of the contract with its placeholders filled, in their order. */
const filled = (path, values) => values.reduce((text, value) => text.replace(/\{[^}]*\}/, () => encodeURIComponent(value)), path);

async function retry(id, position, key) {
  const { method, path } = server.retry;
  const response = await fetch(base + filled(path, [id, position]), { method, headers: { [server.header]: key } });
  say(response.ok ? 'It is tried again.' : `Not tried again: ${await response.text()}`);
}

/** What is no longer there goes, and what there is stands in the server's order. */
function showOnly(list, kind, ids) {
  const wanted = ids.map((id) => byId(`${kind} ${id}`)).filter(Boolean);
  [...list.children].filter((item) => !wanted.includes(item)).forEach((item) => item.remove());
  wanted.forEach((item, at) => { if (list.children[at] !== item) list.insertBefore(item, list.children[at]); });
}

// Buying.

function request() {
  const { body, met } = order();
  const { method, path } = server.buy;
  return { method, url: base + path, base, header: server.header, names: server.names, met, body };
}

function showCode() {
  if (!server) return;
  const language = document.querySelector('input[name=language]:checked').value;
  byId('snippet').textContent = snippets[language](request());
}

async function buy() {
  const key = accounts.get(chosen)?.key;
  const { method, url, header, met, body } = request();
  const headers = { 'Content-Type': 'application/json' };
  if (key) headers[header] = key;
  if (met) headers['X-Sandbox'] = met;
  const answer = byId('answer');
  answer.replaceChildren(el('p', {}, 'Sent…'));
  const begun = performance.now();
  const took = () => `after ${Math.round(performance.now() - begun)} ms`;
  try {
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    const kind = response.ok ? 'completed' : 'failed';
    answer.replaceChildren(el('p', {}, el('span', { class: `badge ${kind}` }, `${response.status}`), ` ${took()}`),
      el('pre', { tabindex: 0, 'aria-label': 'Answer' }, pretty(text)));
  } catch {
    answer.replaceChildren(el('p', {}, `No answer, ${took()}. The order may have been made all the same: look below before it is sent again.`));
  }
}

function setUpOrder() {
  setUp(showCode);
  byId('order').addEventListener('submit', (event) => { event.preventDefault(); buy(); });
  byId('copy-code').addEventListener('click', () => copy(byId('snippet').textContent, 'the code'));
  document.querySelectorAll('input[name=language]').forEach((input) => input.addEventListener('change', showCode));
}

// Requests.

const MOST = 200;

function requestItem(it) {
  const name = accounts.get(it.profileId)?.name ?? it.profileId ?? 'no account';
  const block = (title, text) => (text ? [el('h3', {}, title), el('pre', { tabindex: 0, 'aria-label': title }, text)] : []);
  const headers = Object.entries(it.headers).map(([header, value]) => `${header}: ${value}`).join('\n');
  const item = el('li', { 'data-error': it.lost || it.status >= 400 },
    el('details', {},
      el('summary', {},
        el('span', { class: `badge ${it.status < 400 && !it.lost ? 'completed' : 'failed'}` }, it.lost ? 'lost' : `${it.status}`),
        el('span', { class: 'grow path' }, `${it.method} ${it.path}`),
        el('small', {}, `${name}, ${time(it.at)}, ${(it.tookMicros / 1000).toFixed(1)} ms`)),
      block('Headers', headers), block('Sent', pretty(it.request)), block(it.lost ? 'The answer that was lost' : 'Answered', pretty(it.answer)),
      el('h3', {}, 'Again by curl ', copyButton(it.curl, 'the command')),
      el('pre', { tabindex: 0, 'aria-label': 'Again by curl' }, it.curl)));
  item.dataset.words = [it.id, it.method, it.path, it.lost ? 'lost' : it.status, name, headers, it.request, it.answer].join(' ').toLowerCase();
  return item;
}

function showRequest(it) {
  const list = byId('request-list');
  list.prepend(requestItem(it));
  while (list.children.length > MOST) list.lastChild.remove();
  filter();
}

function filter() {
  const words = byId('words').value.trim().toLowerCase();
  const errors = byId('only-errors').checked;
  const items = [...byId('request-list').children];
  items.forEach((item) => { item.hidden = !item.dataset.words.includes(words) || (errors && !item.hasAttribute('data-error')); });
  byId('counted').textContent = `${items.filter((item) => !item.hidden).length} of ${items.length}`;
}

// What the server tells.

const TELLS = {
  server(it) {
    server = it;
    byId('title').textContent = `of the ${it.title}, ${it.revision}`;
    document.querySelectorAll('[data-states]').forEach((node) => { node.hidden = !it.states; });
    document.querySelectorAll('[data-stateless]').forEach((node) => { node.hidden = it.states; });
    byId('met-line').hidden = it.numbers.length === 0;
    byId('role').replaceChildren(...it.roles.map((role) => el('option', {}, role)));
    setServer(it);
  },
  catalog(it) {
    it.operators.flatMap(({ products }) => products).flatMap(({ packages }) => packages).forEach(({ id, label }) => labels.set(id, label));
    setCatalog(it);
  },
  account: showAccount,
  order: showOrder,
  request: showRequest,
  shown(it) {
    showOnly(byId('account-list'), 'account', it.accounts);
    showOnly(byId('order-list'), 'order', it.orders);
    byId('no-orders').hidden = it.orders.length > 0;
  },
  time(it) {
    clock = { ...it, seen: Date.now() };
    showTime();
    link(it.writable ? 'Live' : 'Live; its database can’t be written', it.writable);
  },
  ready() {
    byId('inside').hidden = false;
  },
};

function link(text, well) {
  if (byId('link').textContent !== text) byId('link').textContent = text;
  byId('link').classList.toggle('well', well);
}

function forget() {
  accounts.clear();
  ['account-list', 'order-list', 'request-list'].forEach((id) => byId(id).replaceChildren());
}

/** Follows the server, and comes back to it, until it asks for a token. */
async function follow() {
  byId('door').hidden = true;
  for (;;) {
    try {
      let first = true;
      for await (const { kind, data } of events(`${base}/_console/events`, token())) {
        if (first) forget();
        first = false;
        TELLS[kind]?.(data);
      }
      link('The server has ended the connection; trying again', false);
    } catch (error) {
      if (error instanceof Response && error.status === 401) {
        byId('inside').hidden = true;
        byId('door').hidden = false;
        link(sessionStorage.getItem(TOKEN) ? 'That is not the token' : 'A token is needed', false);
        sessionStorage.removeItem(TOKEN);
        return;
      }
      const why = error instanceof Response ? (await error.json()).error : 'no answer';
      link(`Not connected: ${why}; trying again`, false);
    }
    await new Promise((done) => { setTimeout(done, AGAIN); });
  }
}

byId('door').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, byId('token').value.trim());
  byId('token').value = '';
  follow();
});
byId('words').addEventListener('input', filter);
byId('only-errors').addEventListener('change', filter);
setUpAccounts();
setUpClock();
setUpOrder();
follow();
