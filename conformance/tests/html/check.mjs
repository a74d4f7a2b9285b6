// node check.mjs PAGE.html...: opens each page in headless Chromium, 390, 768 and 1600 px wide, light and dark, and fails if
// axe-core finds something serious, the page is wider than its window, it requests anything from outside, its script fails, or
// its filter, its copy buttons or its theme switch don't work. It also looks for what overflows at widths in between, and at the
// page as it is printed. Writes screenshots and a PDF beside each page.
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
  for (const cut of await cutOff(page)) fault(cut);
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

// What does not fit into its place, with every part of the page opened: cells of the map and of the steps, and anything that
// reaches beyond the window although nothing scrolls it.
function cutOff(page) {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('details')];
    const closed = all.filter((it) => !it.open);
    for (const it of closed) it.open = true;
    const shown = (it) => `${it.tagName.toLowerCase()}.${it.className} "${it.textContent.slice(0, 40)}"`;
    const places = [...document.querySelectorAll('.sheet td, .sheet .status, .steps td, .figures td')];
    const cut = places.filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => `overflows: ${shown(it)}`);
    const beyond = [...document.querySelectorAll('main *')].filter((it) => !it.closest('.scroll, .hush, svg') && it.getBoundingClientRect().right > innerWidth + 1).map((it) => `is beyond the window: ${shown(it)}`);
    const bars = innerWidth < 800 ? [...document.querySelectorAll('.steps svg')].filter((it) => it.getBoundingClientRect().right > innerWidth).map((it) => `has a bar off screen: ${shown(it.closest('tr'))}`) : [];
    for (const it of closed) it.open = false;
    return [...cut, ...beyond, ...bars].slice(0, 5);
  });
}

// Widths between those of the screenshots, at which only what overflows is looked for.
async function squeeze(file) {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(resolve(file)).href);
  for (const width of [360, 736, 790, 840, 1000]) {
    await page.setViewport({ width, height: 1000 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    const fault = (text) => faults.push(`${basename(file, '.html')} ${width}: ${text}`);
    if (wide > width) fault(`is ${wide} px wide`);
    for (const cut of await cutOff(page)) fault(cut);
  }
  await page.close();
}

// On paper: the layout is not that of a phone, evidence is whole, and what is wrong is told from the rest without colours.
async function print(file) {
  const name = basename(file, '.html');
  const page = await browser.newPage();
  await page.setViewport({ width: 717, height: 1050 });
  await page.goto(pathToFileURL(resolve(file)).href);
  await page.emulateMediaType('print');
  const found = await page.evaluate(() => {
    const style = (it) => getComputedStyle(it);
    const texts = [];
    const row = document.querySelector('.matrix [data-item]');
    if (style(row).display !== 'table-row') texts.push('has the layout of a phone');
    const cut = [...document.querySelectorAll('pre')].filter((it) => it.scrollHeight > it.clientHeight + 1);
    if (cut.length > 0) texts.push(`cuts ${cut[0].textContent.slice(0, 40)}`);
    const look = (selector) => { const it = document.querySelector(`.sheet ${selector}`); return it && `${style(it).borderStyle} ${style(it).borderWidth}`; };
    const looks = ['.accepted', '.refused', '.wrong', '.gapped'].map(look).filter(Boolean);
    if (new Set(looks).size < looks.length) texts.push(`tells places of the map apart by colour alone: ${looks}`);
    if (document.documentElement.scrollWidth > innerWidth) texts.push(`is ${document.documentElement.scrollWidth} px wide`);
    return texts;
  });
  for (const text of found) faults.push(`${name} printed: ${text}`);
  await page.pdf({ path: join(dirname(file), `${name}.pdf`), format: 'A4' });
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
    await squeeze(file);
    await print(file);
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
