// page_test.js PROGRAM SOURCE_DIR PAGE.html: the page and HTML reports in a real browser, from file://.
//
// The page answers what the command line answers, to the last digit that two C++ libraries agree on; it
// draws its charts, asks nothing of any other machine, and can be used by keyboard, link and slider.
// PICTURES=DIR keeps what it looks like.
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const puppeteer = require('puppeteer-core');

const [program, source, page] = process.argv.slice(2);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'traincost-browser-'));
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((each) => fs.existsSync(each));

let checks = 0;
let failures = 0;
function check(name, holds, detail = '') {
  ++checks;
  if (holds) return;
  ++failures;
  console.log(`FAIL ${name} ${String(detail).slice(0, 600)}`);
}

function run(...words) {
  try {
    return { output: execFileSync(program, words, { encoding: 'utf8', cwd: source, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 }), status: 0 };
  } catch (error) {
    return { output: error.stdout, status: error.status };
  }
}

// Where two reports differ by more than rounding in the last digits, or by a text.
function difference(one, other, at = '') {
  if (typeof one === 'number' && typeof other === 'number') {
    const scale = Math.max(Math.abs(one), Math.abs(other), 1e-300);
    return Math.abs(one - other) / scale < 1e-11 ? null : `${at}: ${one} and ${other}`;
  }
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return one === other ? null : `${at}: ${one} and ${other}`;
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const key of keys) {
    if (key === 'seconds' || key === 'evaluations_per_second_and_thread' || key === 'threads') continue;
    const found = difference(one[key], other[key], `${at}/${key}`);
    if (found) return found;
  }
  return null;
}

async function opened(browser, url, size) {
  const tab = await browser.newPage();
  await tab.setViewport(size);
  const heard = { errors: [], requests: [] };
  tab.on('console', (message) => { if (['error', 'warn'].includes(message.type())) heard.errors.push(message.text()); });
  tab.on('pageerror', (error) => heard.errors.push(error.message));
  tab.on('request', (request) => { if (!/^(file|blob|data):/.test(request.url())) heard.requests.push(request.url()); });
  await tab.goto(url);
  return { tab, heard };
}

async function accessible(tab, name) {
  await tab.evaluate(axe);
  const found = await tab.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }));
  check(`${name} is accessible`, found.violations.length === 0,
    found.violations.map((each) => `${each.id}: ${each.nodes.slice(0, 2).map((node) => node.html).join(' ')}`).join('; '));
}

const settled = (tab) => tab.waitForFunction(
  () => document.querySelector('#answer').getAttribute('aria-busy') === 'false', { timeout: 60000, polling: 20 });
const heading = (tab) => tab.$eval('#report h1', (each) => each.textContent);

// The page's answer as JSON, by the arguments that its form makes.
const answerOf = (tab) => tab.evaluate(() => new Promise((resolve) => {
  const asked = question();
  asked.options = { ...asked.options, format: ['json'] };
  send(asked, ({ outcome }) => resolve({ outcome, asked }));
}));

// The same arguments given to the program, files and all.
function programAnswer({ command, positional, options, files }) {
  const place = (word) => (files && word in files ? path.join(work, path.basename(word)) : word);
  for (const [name, text] of Object.entries(files || {})) fs.writeFileSync(path.join(work, path.basename(name)), text);
  const words = [command, ...positional.map(place)];
  for (const [name, list] of Object.entries(options)) {
    if (list.length === 0) words.push(`--${name}`);
    for (const each of list) words.push(`--${name}`, place(each));
  }
  return run(...words);
}

async function sameAsProgram(tab, name) {
  const { outcome, asked } = await answerOf(tab);
  const native = programAnswer(asked);
  check(`${name}: exit status`, outcome.status === native.status, `${outcome.status} and ${native.status}`);
  const found = difference(JSON.parse(outcome.output), JSON.parse(native.output));
  check(`${name}: the page's figures are the program's`, found === null, found);
}

async function pageTests(browser) {
  const began = Date.now();
  const { tab, heard } = await opened(browser, `file://${page}`, { width: 1280, height: 900 });
  await tab.waitForSelector('#report h1', { timeout: 20000, polling: 10 });
  const first = Date.now() - began;
  check('the first answer comes soon', first < 4000, `${first} ms`);
  check('it is the headline case', (await heading(tab)).startsWith('DeepSeek-V3 on 2,048 x H800'));
  check('it has its figures', (await tab.$eval('#report', (each) => each.textContent)).includes('2,753,873'));
  check('charts are drawn', (await tab.$$('#report svg.chart')).length >= 4);
  await settled(tab);
  await accessible(tab, 'the page');
  if (process.env.PICTURES) await tab.screenshot({ path: `${process.env.PICTURES}/page.png` });

  for (const name of ['estimate', 'search', 'size', 'compare', 'check', 'explain']) {
    await tab.click(`#tab-${name}`);
    await settled(tab);
    await sameAsProgram(tab, name);
  }
  await accessible(tab, 'the page, explaining');

  await tab.click('#tab-estimate');
  for (const preset of ['llama-405b', 'gpt-3', '8b', 'r1-zero']) {
    await tab.select('#field-preset', preset);
    await settled(tab);
    await sameAsProgram(tab, `preset ${preset}`);
  }

  // A slider changes the answer to what the command line prints, and soon.
  await tab.select('#field-preset', 'llama-405b');
  await settled(tab);
  const took = [];
  for (const place of [600, 610, 620, 630]) {
    await tab.$eval('input[type=range]', (each, value) => { each.value = value; each.dispatchEvent(new Event('input')); }, place);
    await settled(tab);
    took.push(parseFloat(await tab.$eval('#state', (each) => each.textContent.replace('answered in ', ''))));
  }
  took.sort((a, b) => a - b);
  console.log(`first answer after ${first} ms; a slider's in ${took[1]} ms`);
  check('a slider answers soon', took[1] < 200, took.join(', '));
  await sameAsProgram(tab, 'slider');

  // A link holds the question.
  const link = await tab.evaluate(() => location.hash);
  const title = await heading(tab);
  const other = await opened(browser, `file://${page}${link}`, { width: 1280, height: 900 });
  await other.tab.waitForSelector('#report h1', { timeout: 20000 });
  check('a link opens its question', (await heading(other.tab)) === title, link);
  await other.tab.close();

  // What is copied as a command line is what the program takes; so is the job file.
  const command = await tab.evaluate(() => commandLine());
  const words = command.split(' ').slice(1);
  check('a copied command line gives the same answer', run(...words).output.startsWith(title.split('\n')[0]), command);
  const job = path.join(work, 'copied.job.json');
  fs.writeFileSync(job, await tab.evaluate(() => jobFile()));
  const hours = (text) => (/^ {2}([\d,]+) GPU-hours/m.exec(text) || [])[1];
  check('a copied job file gives the same answer', hours(run('estimate', job).output) === hours(run(...words).output),
    fs.readFileSync(job, 'utf8'));

  // Bad input is told, and the last answer stays.
  await tab.$eval('#field-price', (each) => { each.value = 'cheap'; each.dispatchEvent(new Event('input')); });
  await settled(tab);
  check('bad input is told', (await tab.$eval('#fault', (each) => each.textContent)).includes('"cheap"'));
  check('and the answer before it stays, as such', (await heading(tab)) === title && await tab.$eval('#report', (each) => each.classList.contains('stale')));
  await tab.$eval('#field-price', (each) => { each.value = ''; each.dispatchEvent(new Event('input')); });
  await settled(tab);
  check('until it is mended', (await tab.$eval('#fault', (each) => each.textContent)) === '');

  // A dropped config.json is a model, and stays one in a link.
  const dropped = fs.readFileSync(path.join(source, 'tests/browser/config.json'), 'utf8');
  await tab.evaluate((text) => take('config.json', text), dropped);
  await settled(tab);
  check('a dropped config.json is the model', (await heading(tab)).includes('config'), await heading(tab));
  await sameAsProgram(tab, 'dropped config.json');

  // Names that are no file's, and texts that are no job, are told; the engine goes on.
  for (const [name, text] of [['..', dropped], ['dev', dropped], ['模型.json', dropped], ['null.json', 'null'], ['x.json', '{']]) {
    await tab.evaluate((each, content) => take(each, content), name, text);
    await settled(tab);
  }
  check('a dropped file that is none is told', (await tab.$eval('#fault', (each) => each.textContent)).includes('job file'));
  await tab.$eval('#field-job', (each) => { each.value = ''; each.dispatchEvent(new Event('input')); });
  await settled(tab);
  check('without a job there are the fields of the short form', (await tab.$('#field-model')) !== null);
  for (const hash of ['#v=1&q=toString&preset=constructor', '#v=1&q=estimate&model=a/b.json&config=%7B%7D&accelerator=h100-sxm&tokens=1T', '#v=2&q=size', '#nonsense']) {
    const strange = await opened(browser, `file://${page}${hash}`, { width: 800, height: 600 });
    await strange.tab.waitForFunction(() => document.querySelector('#report h1') || document.querySelector('#fault pre'), { timeout: 20000 }).catch(() => {});
    check(`a strange link ends in words: ${hash}`, (await strange.tab.$('#report h1, #fault pre')) !== null && strange.heard.errors.length === 0, strange.heard.errors.join(' '));
    await strange.tab.close();
  }
  await tab.select('#field-preset', '8b');
  await settled(tab);
  await tab.$eval('#field-sequence', (each) => { each.value = ''; each.dispatchEvent(new Event('input')); });
  await tab.$eval('#field-set', (each) => { each.value = 'layout.tp=8'; each.dispatchEvent(new Event('input')); });
  await settled(tab);
  const cleared = await opened(browser, `file://${page}${await tab.evaluate(() => location.hash)}`, { width: 800, height: 600 });
  await cleared.tab.waitForSelector('#report h1', { timeout: 20000 });
  check('a link keeps what was cleared', (await cleared.tab.$eval('#field-sequence', (each) => each.value)) === '' && (await cleared.tab.$eval('#field-set', (each) => each.value)) === 'layout.tp=8');
  await cleared.tab.close();
  check('a job file has a layout that is set', JSON.parse(await tab.evaluate(() => jobFile())).layout.tp === 8);

  // Tabs by arrow keys alone.
  await tab.focus('#tab-estimate');
  await tab.keyboard.press('ArrowRight');
  check('arrow keys choose a tab', await tab.$eval('#tab-search', (each) => each.getAttribute('aria-selected') === 'true' && document.activeElement === each));
  await settled(tab);

  check('no console error', heard.errors.length === 0, heard.errors.join('; '));
  check('no request leaves the page', heard.requests.length === 0, heard.requests.join(' '));
  await tab.close();

  for (const [name, size, dark] of [['phone', { width: 390, height: 844 }, false], ['dark', { width: 1280, height: 900 }, true]]) {
    const { tab: view } = await opened(browser, 'about:blank', size);
    await view.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
    await view.goto(`file://${page}`);
    await view.waitForSelector('#report h1', { timeout: 20000 });
    const wide = await view.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(`${name}: the page is no wider than its window`, wide <= 0, `${wide} px`);
    await accessible(view, `the page, ${name}`);
    if (process.env.PICTURES) await view.screenshot({ path: `${process.env.PICTURES}/page-${name}.png` });
    await view.close();
  }
}

async function reportTests(browser) {
  const questions = {
    estimate: ['estimate', 'examples/deepseek-v3.job.json', '--samples', '256', '--method', 'all'],
    search: ['search', 'examples/gpt3-175b-64-a100.job.json', '--practical'],
    size: ['size', '--model', 'llama-3.1-8b', '--tokens', '1T', '--accelerator', 'h100-sxm,h200-sxm', '--deadline', '60 d'],
    compare: ['compare', '--model', 'llama-3.1-8b', '--tokens', '1T', '--accelerator', 'h100-sxm,h200-sxm', '--gpus', '64'],
    check: ['check', 'examples/claims'],
    validate: ['validate', 'hwdb/data/published/megatron.jsonl'],
    explain: ['explain', 'examples/llama-3.1-405b.job.json'],
  };
  for (const [name, words] of Object.entries(questions)) {
    const file = path.join(work, `${name}.html`);
    run(...words, '--export-html', file);
    const size = fs.statSync(file).size;
    check(`${name}.html is small`, size < 1.2e6, size);
    const { tab, heard } = await opened(browser, `file://${file}`, { width: 1100, height: 900 });
    check(`${name}.html has an answer`, (await tab.$eval('h1', (each) => each.textContent)).length > 3);
    await accessible(tab, `${name}.html`);
    check(`${name}.html: no console error, no request`, heard.errors.length + heard.requests.length === 0, [...heard.errors, ...heard.requests].join(' '));
    if (process.env.PICTURES && name === 'estimate') await tab.screenshot({ path: `${process.env.PICTURES}/report.png`, fullPage: true });
    await tab.close();
  }
}

async function main() {
  const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
  try {
    await pageTests(browser);
    await reportTests(browser);
  } finally {
    await browser.close();
    fs.rmSync(work, { recursive: true, force: true });
  }
  console.log(`${checks} checks, ${failures} failures`);
  process.exit(failures === 0 ? 0 : 1);
}

main().catch((error) => {
  console.log(String(error.stack || error).slice(0, 2000));
  process.exit(1);
});
