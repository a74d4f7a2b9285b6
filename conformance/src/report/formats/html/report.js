// The page works without this: it adds a theme switch, a filter and buttons to copy.
'use strict';
(() => {
  const root = document.documentElement;
  const said = document.getElementById('said');

  const theme = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);
  const showTheme = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', `Switch to ${isDark() ? 'light' : 'dark'} colours`); };
  // Storage may be forbidden for files; the switch works for the moment all the same.
  try { const kept = localStorage.getItem('theme'); if (kept === 'dark' || kept === 'light') root.dataset.theme = kept; } catch { /* forbidden */ }
  theme.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('theme', root.dataset.theme); } catch { /* forbidden */ }
    showTheme();
  });
  system.addEventListener('change', showTheme);
  showTheme();
  theme.hidden = false;

  for (const button of document.querySelectorAll('.copy')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const pre = button.previousElementSibling;
      let copied = true;
      try { await navigator.clipboard.writeText(pre.textContent); } catch {
        getSelection().selectAllChildren(pre);
        copied = document.execCommand('copy');
      }
      const name = button.firstElementChild;
      name.textContent = said.textContent = copied ? 'Copied' : 'Selected';
      setTimeout(() => { name.textContent = 'Copy'; said.textContent = ''; }, 2000);
    });
  }

  const form = document.getElementById('filter');
  const words = document.getElementById('words');
  const group = document.getElementById('group');
  const severity = document.getElementById('severity');
  const shown = document.getElementById('shown');
  const items = [...document.querySelectorAll('[data-item]')].map((element) => ({ element, text: element.textContent.toLowerCase() }));
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const outcomes = new Set([...form.querySelectorAll('input[name=outcome]:checked')].map((box) => box.value));
    const counts = { finding: [0, 0], requirement: [0, 0] };
    for (const { element, text } of items) {
      const fits = outcomes.has(element.dataset.outcome) && (!group.value || group.value === element.dataset.group) && (!severity.value || severity.value === element.dataset.severity) && wanted.every((word) => text.includes(word));
      element.hidden = !fits;
      counts[element.dataset.item][0] += fits ? 1 : 0;
      counts[element.dataset.item][1] += 1;
    }
    for (const body of document.querySelectorAll('.matrix tbody')) {
      body.hidden = !body.querySelector('[data-item]:not([hidden])');
    }
    const line = (name) => `${counts[name][0]} of ${counts[name][1]} ${name}${counts[name][1] === 1 ? '' : 's'}`;
    shown.textContent = `${line('finding')}, ${line('requirement')}`;
  };
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
  apply();

  // A link to something filtered away brings it back.
  const arrive = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) {
      words.value = '';
      group.value = '';
      severity.value = '';
      for (const box of form.querySelectorAll('input[name=outcome]')) box.checked = true;
      apply();
      target.scrollIntoView();
    }
  };
  addEventListener('hashchange', arrive);
  arrive();
})();
