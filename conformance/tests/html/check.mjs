// node check.mjs PAGE.html...: opens each page in headless Chromium, 390, 768 and 1600 px wide, light and dark, and fails if
// axe-core finds something serious, the page is wider than its window, it requests anything from outside, its script fails, or
// its filter, its copy buttons or its theme switch don't work. Writes a screenshot beside each page.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const profile = mkdtempSync(join(tmpdir(), 'report-check-'));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  userDataDir: profile,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const faults = [];

async function look(file, width, theme, scripts) {
  const name = `${basename(file, '.html')} ${width} ${theme}${scripts ? '' : ' without scripts'}`;
  const fault = (text) => faults.push(`${name}: ${text}`);
  const page = await browser.newPage();
  page.on('request', (request) => { if (!/^(file|data):/.test(request.url())) fault(`asks for ${request.url()}`); });
  page.on('pageerror', (error) => fault(`script: ${error}`));
  page.on('console', (message) => { if (message.type() === 'error') fault(`console: ${message.text()}`); });
  await page.setViewport({ width, height: width < 600 ? 844 : 1000 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.setJavaScriptEnabled(scripts);
  await page.goto(pathToFileURL(resolve(file)).href);
  const shot = join(dirname(file), `${name.replaceAll(' ', '-')}.png`);
  await page.screenshot({ path: shot, fullPage: true });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > width) fault(`is ${wide} px wide`);
  if (scripts) {
    await use(page, fault);
    for (const details of await page.$$('details')) await details.evaluate((it) => { it.open = true; });
    // Injected by the browser protocol, so that the policy of the page need not allow it.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const { id, impact, help, nodes } of violations) {
      fault(`axe ${impact} ${id}: ${help}\n    ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join('\n    ')}`);
    }
  }
  await page.close();
}

// The actions of a person: search, filter, copy, change the theme.
async function use(page, fault) {
  const shown = () => page.$eval('#shown', (it) => it.textContent);
  const before = await shown();
  await page.type('#words', 'count-high');
  const visible = await page.$$eval('[data-item]:not([hidden])', (all) => all.every((it) => /count-high/i.test(it.textContent)));
  if (!visible || (await shown()) === before) fault(`the search shows what it should not: ${await shown()}`);
  await page.$eval('#words', (it) => { it.value = ''; it.dispatchEvent(new Event('input', { bubbles: true })); });
  const pass = await page.$('input[value=pass]');
  await pass.click();
  if (await page.$('[data-item][data-outcome=pass]:not([hidden])')) fault('unticked outcomes stay');
  await pass.click();
  await page.select('#severity', 'money');
  if (await page.$('[data-item]:not([data-severity=money]):not([hidden])')) fault('other severities stay');
  if (!(await page.$('[data-item][data-severity=money]:not([hidden])'))) fault('the severity that was chosen goes');
  await page.select('#severity', '');
  if ((await shown()) !== before) fault('the filter does not come back');
  const paste = await page.$('.paste');
  if (paste) {
    await paste.evaluate((it) => { it.closest('details').open = true; });
    await (await paste.$('.copy')).click();
    await page.waitForFunction(() => document.getElementById('said').textContent !== '');
  }
  const color = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const first = await color();
  await page.click('#theme');
  if ((await color()) === first) fault('the theme switch does nothing');
  await page.click('#theme');
  await page.evaluate(() => localStorage.clear());
}

try {
  for (const file of process.argv.slice(2)) {
    for (const width of [390, 768, 1600]) for (const theme of ['light', 'dark']) await look(file, width, theme, true);
    await look(file, 390, 'light', false);
  }
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
