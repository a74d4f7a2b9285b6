// node check.mjs URL FOLDER GUARDED: uses the console of a sandbox with --states as a person does, in headless Chromium, and checks
// it at 390 and 1600 px, light and dark. Fails if axe-core finds anything, the page is wider than its window, it requests
// anything from outside, its policy is violated, what a client sent becomes markup, or an action does not do what it says.
// Screenshots are written to the folder. GUARDED is a sandbox with the admin token `let me in`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const [url, folder, guarded] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const profile = mkdtempSync(join(tmpdir(), 'console-check-'));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  userDataDir: profile,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const faults = [];

async function open(path, width, theme, server = url) {
  const page = await browser.newPage();
  const fault = (text) => faults.push(`${path} ${width} ${theme}: ${text}`);
  page.on('request', (request) => { if (!request.url().startsWith(server) && !/^(data|blob):/.test(request.url())) fault(`asks for ${request.url()}`); });
  page.on('pageerror', (error) => fault(`script: ${error}`));
  // The browser also logs an answer with an error status, which is expected here.
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) fault(`console: ${message.text()}`); });
  await page.setViewport({ width, height: width < 600 ? 844 : 1000 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.goto(server + path);
  return { page, fault };
}

const text = (page, selector) => page.$eval(selector, (node) => node.textContent);
const waitFor = (page, test, ...args) => page.waitForFunction(test, { timeout: 10_000 }, ...args);
const connected = (page) => waitFor(page, () => document.getElementById('link').textContent === 'Live');
const said = (page, words) => waitFor(page, (wanted) => document.getElementById('said').textContent.includes(wanted), words);

async function fill(page, selector, value) {
  await page.$eval(selector, (node) => { node.value = ''; });
  await page.type(selector, value);
}

// The actions of a person: buy, watch a recipient fail, retry it, top up, provoke, look into the requests.
async function use(page, fault) {
  await connected(page);
  const key = await text(page, '.picked .key code');
  if (!key.startsWith('netconnect_test_')) fault(`no key to copy: ${key}`);
  const total = () => page.evaluate(() => globalThis.held());
  await page.evaluate(() => { globalThis.held = () => Number.parseFloat(document.querySelector('.picked .money').textContent.replaceAll(',', '')); });
  const before = await total();
  await fill(page, '#rows li:nth-child(2) input', '0500000010');
  await page.click('#send');
  await waitFor(page, () => document.querySelector('#answer .badge')?.textContent === '200');
  await page.waitForSelector('#order-list li');
  await page.$eval('#order-list summary', (node) => node.click());
  // The order continues while its details are open, and they stay open.
  await waitFor(page, () => document.querySelector('#order-list details[open] tbody .failed'));
  await page.click('#order-list td button[data-mark^="retry"]');
  await said(page, 'tried again');
  await waitFor(page, () => document.querySelectorAll('#order-list details[open] tbody .completed').length === 2);
  await waitFor(page, (wallet) => globalThis.held() < wallet, before);
  await fill(page, '#amount', '1000');
  await page.click('#top-up button');
  await said(page, 'The wallet holds');
  await waitFor(page, (wallet) => globalThis.held() > wallet, before);
  await fill(page, '#failing', '0201234567');
  await page.click('#fail button');
  await said(page, 'it fails');
  await page.click('#provoke button');
  await said(page, 'meet status=503');
  await page.click('#send');
  await waitFor(page, () => document.querySelector('#answer .badge')?.textContent === '503');
  await page.type('#met', 'drop');
  await page.click('#send');
  await waitFor(page, () => document.querySelector('#answer').textContent.includes('No answer'));
  await fill(page, '#met', '');
  await waitFor(page, () => document.querySelector('#request-list .badge').textContent === 'lost');
  await page.type('#words', '503');
  await waitFor(page, () => document.querySelectorAll('#request-list > li:not([hidden])').length === 1);
  await page.$eval('#words', (node) => { node.value = ''; node.dispatchEvent(new Event('input', { bubbles: true })); });
  await page.click('#freeze');
  await waitFor(page, () => document.getElementById('time').textContent.includes('stopped'));
  await page.click('#freeze');
  await waitFor(page, () => !document.getElementById('time').textContent.includes('stopped'));
  await page.$eval('#code summary', (node) => node.click());
  for (const language of ['javascript', 'python', 'rust', 'curl']) {
    await page.click(`input[value=${language}]`);
    if (!(await text(page, '#snippet')).includes('0500000010')) fault(`the code in ${language} is of another order`);
  }
}

// Orders in every state, for the screenshots.
async function buyMore(page) {
  const key = await text(page, '.picked .key code');
  const body = JSON.parse(/--data-raw '(.*)'/s.exec(await text(page, '#snippet'))[1]);
  for (const numbers of [['0500000030', '0500000030'], ['0500000000', '0500000021', '0500000002', '0201234567', '0209876543', '0207654321']]) {
    const items = numbers.map((number) => ({ ...body.items[0], beneficiaryMsisdn: number }));
    await fetch(`${url}/api/v1/data-bundles/buy-bulk`, { method: 'POST', headers: { 'X-API-KEY': key, 'Content-Type': 'application/json' }, body: JSON.stringify({ ...body, items }) });
  }
  await waitFor(page, () => document.querySelector('#order-list .reversed'));
}

// Data that a client sends is shown, and never becomes markup.
async function provokeMarkup(page, fault) {
  const key = await text(page, '.picked .key code');
  const evil = '<script>document.title="owned"</script><img src=x onerror=document.title="owned">';
  await fetch(`${url}/api/v1/orders?cursor=${evil.replaceAll(' ', '%20')}`, { headers: { 'X-API-KEY': key, 'X-Note': evil } });
  const body = JSON.stringify({ operatorId: evil, productId: evil, items: [{ packageId: evil, beneficiaryMsisdn: evil }] });
  await fetch(`${url}/api/v1/data-bundles/buy-bulk`, { method: 'POST', headers: { 'X-API-KEY': key, 'Content-Type': 'application/json' }, body });
  await waitFor(page, () => document.getElementById('request-list').textContent.includes('<img src=x'));
  await page.$$eval('#request-list details', (all) => all.forEach((node) => { node.open = true; }));
  if (await page.$('main script, main img') || (await page.title()) !== 'Sandbox') fault('what a client sent became markup');
  await page.$$eval('#request-list details', (all) => all.forEach((node, at) => { node.open = at === 1; }));
}

// Nothing is shown without the token, and with it the page works as usual.
async function enter(page, fault) {
  await waitFor(page, () => document.getElementById('link').textContent === 'A token is needed');
  if (await page.$('#account-list li')) fault('accounts are shown without the token');
  await page.type('#token', 'let me');
  await page.click('#door button');
  await waitFor(page, () => document.getElementById('link').textContent === 'That is not the token');
  await page.type('#token', 'let me in');
  await page.click('#door button');
  await connected(page);
  await page.waitForSelector('.picked .key code');
  await page.click('#top-up button');
  await said(page, 'The wallet holds');
}

async function look(page, fault, width, theme) {
  await page.screenshot({ path: join(folder, `console-${width}-${theme}.png`), fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > width) fault(`is ${wide} px wide`);
  // Injected by the browser protocol, so that the policy of the page need not allow it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  for (const { id, impact, help, nodes } of violations) {
    fault(`axe ${impact} ${id}: ${help}\n    ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join('\n    ')}`);
  }
}

try {
  const { page, fault } = await open('/', 1600, 'light');
  await use(page, fault);
  await buyMore(page);
  await page.close();
  for (const width of [390, 1600]) {
    for (const theme of ['light', 'dark']) {
      const home = await open('/', width, theme);
      await connected(home.page);
      await home.page.$eval('#order-list summary', (node) => node.click());
      await home.page.$eval('#request-list summary', (node) => node.click());
      await home.page.$eval('#code summary', (node) => node.click());
      await look(home.page, home.fault, width, theme);
      // By keyboard alone: the first tab stop skips the head of the page.
      await home.page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
      await home.page.keyboard.press('Tab');
      if ((await home.page.evaluate(() => document.activeElement.className)) !== 'skip') home.fault('the first stop is not the way to the content');
      await home.page.close();
      const contract = await open('/_console/contract', width, theme);
      await contract.page.waitForSelector('.opblock');
      // Findings within Swagger UI are for its authors to fix.
      await contract.page.screenshot({ path: join(folder, `contract-${width}-${theme}.png`) });
      await contract.page.close();
    }
  }
  const last = await open('/', 1600, 'light');
  await connected(last.page);
  await provokeMarkup(last.page, last.fault);
  const door = await open('/', 1600, 'light', guarded);
  await enter(door.page, door.fault);
} finally {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
} else {
  console.log('nothing found');
}
