// The page around the engine: a form becomes the arguments of a command, its answer is shown as the
// command line would save it. All figures come from the engine; nothing here computes one.
'use strict';

const VERSION = '1'; // of links
const byId = (id) => document.getElementById(id);

// ---- What can be asked -------------------------------------------------------------------------

// A field is an option of the command line, or a member of the job that --set overrides.
const FIELDS = {
  preset: { label: 'Start from', kind: 'preset' },
  job: { label: 'Job file', kind: 'text', tall: true, hint: 'traincost.job/1; drop a file to replace it' },
  model: { label: 'Model', option: 'model', list: 'models', hint: 'a name, or drop a config.json' },
  accelerator: { label: 'Accelerator', option: 'accelerator', list: 'accelerators' },
  accelerators: { label: 'Accelerators to choose from', option: 'accelerator', hint: 'ids with commas: h100-sxm,h200-sxm' },
  count: { label: 'How many', option: 'accelerators', range: [8, 131072], step: 8 },
  tokens: { label: 'Tokens', option: 'tokens', range: [1e9, 1e14], unit: true },
  sequence: { label: 'Sequence length', option: 'sequence-length', range: [512, 1048576], step: 512 },
  batch: { label: 'Global batch, sequences', option: 'global-batch', hint: 'open: chosen with the layout' },
  micro: { label: 'Micro-batch', option: 'micro-batch' },
  precision: { label: 'Precision', option: 'precision', choices: ['', 'bf16', 'fp16', 'fp8', 'fp8-block', 'mxfp8', 'nvfp4'] },
  stack: { label: 'Software', option: 'stack', list: 'stacks' },
  price: { label: 'Price', option: 'price', hint: 'such as $2/GPU-h; open: the price book' },
  method: { label: 'Cost method', option: 'method', choices: ['', 'rental', 'ownership', 'amortised', 'acquisition', 'all'] },
  deadline: { label: 'Deadline', option: 'deadline', hint: 'such as 60 d' },
  budget: { label: 'Budget', option: 'budget', hint: 'such as $10M' },
  power: { label: 'Power limit', option: 'power', hint: 'such as 20 MW' },
  confident: { label: 'Hold limits with 95% certainty', option: 'confident', kind: 'check' },
  samples: { label: 'Samples', option: 'samples', hint: 'such as 4096: what drives the answer' },
  objective: { label: 'What is least', option: 'objective', choices: ['', 'time', 'cost', 'energy', 'memory'] },
  practical: { label: 'Only what practitioners run (fast)', option: 'practical', kind: 'check' },
  path: { label: 'Figure', hint: 'such as phases.0.mfu; open: the whole answer' },
  sentence: { label: 'A sentence or an article', kind: 'text', tall: true, hint: 'English or Chinese; figures in it are held against each other, the chips and the market' },
  date: { label: 'When it was said', option: 'date', hint: 'YYYY-MM' },
  set: { label: 'Members of the job, a line each', kind: 'text', option: 'set', lines: true, hint: 'layout.tp=8' },
};

const RUN = ['preset', 'job', 'model', 'accelerator', 'count', 'tokens', 'sequence', 'batch', 'precision', 'stack', 'price', 'method'];
const TABS = {
  estimate: { title: 'Estimate', fields: [...RUN, 'samples', 'deadline', 'budget', 'set'] },
  search: { title: 'Search layouts', fields: [...RUN, 'objective', 'practical', 'set'] },
  size: { title: 'Size a cluster', fields: ['preset', 'job', 'model', 'tokens', 'accelerators', 'deadline', 'budget', 'power', 'confident', 'sequence', 'precision', 'stack', 'price', 'method', 'set'] },
  compare: { title: 'Compare chips', fields: ['preset', 'job', 'model', 'tokens', 'accelerators', 'count', 'deadline', 'sequence', 'precision', 'price', 'method', 'set'] },
  check: { title: 'Check a claim', fields: ['sentence', 'date'] },
  explain: { title: 'Explain', fields: [...RUN, 'path', 'set'] },
};

// Jobs of examples/ by their file, or values of fields.
const PRESETS = {
  'deepseek-v3': { title: 'DeepSeek-V3 on 2,048 H800', job: 'deepseek-v3.job.json' },
  'llama-405b': { title: 'Llama 3.1 405B on 16,384 H100', values: { model: 'llama-3.1-405b', accelerator: 'h100-sxm', count: '16384', tokens: '15.6T', sequence: '8192' } },
  'gpt-3': { title: 'GPT-3 175B on 1,024 A100', job: 'gpt3-175b.job.json' },
  '8b': { title: 'an 8B on 8 GPUs', values: { model: 'llama-3.1-8b', accelerator: 'h100-sxm', count: '8', tokens: '100B', sequence: '8192' } },
  'r1-zero': { title: 'DeepSeek-R1-Zero by reinforcement learning', job: 'deepseek-r1-zero.job.json' },
  own: { title: 'my own', values: { model: 'llama-3.1-8b', accelerator: 'h100-sxm', count: '64', tokens: '1T' } },
};
const SIZING = { accelerators: 'h100-sxm,h200-sxm', deadline: '60 d' };
const CLAIM = 'DeepSeek-V3 took 2.788M H800 GPU-hours at $2 per GPU-hour, a total of $5.576M, to train on 14.8T tokens.';

const JOBS = JSON.parse(byId('jobs').textContent);

// ---- State -------------------------------------------------------------------------------------

let tab = 'estimate';
let values = {};
let dropped = null; // { name, text } of a config.json
let lists = { models: [], accelerators: [], stacks: [] };

const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

// What a preset says of its fields.
function saidBy(name) {
  const preset = PRESETS[name];
  return { ...(preset.values || {}), ...(preset.job ? { job: JOBS[preset.job] } : {}) };
}

function startFrom(name) {
  const kept = values.sentence;
  values = { preset: name, ...saidBy(name) };
  if (kept) values.sentence = kept;
  dropped = null;
}

// What a tab asks for where nobody has said otherwise.
function complete() {
  if (tab === 'size' || tab === 'compare') {
    values.accelerators ??= SIZING.accelerators;
    if (tab === 'size' && !values.budget && !values.power) values.deadline ??= SIZING.deadline;
    if (tab === 'compare' && !usesJob() && !values.deadline) values.count ??= '512';
  }
  if (tab === 'search') values.practical ??= 'yes';
  if (tab === 'check') values.sentence ??= CLAIM;
}

const usesJob = () => Boolean(values.job && values.job.trim());
// Of a job the file says what the short form would.
const SHORT_FORM = ['model', 'accelerator', 'count', 'tokens', 'sequence', 'batch', 'micro', 'precision', 'stack'];
function fieldsShown() {
  return TABS[tab].fields.filter((name) => {
    if (name === 'job') return usesJob();
    return !(usesJob() && SHORT_FORM.includes(name));
  });
}

// ---- A question: what the command line would be given --------------------------------------------

function question() {
  const files = {};
  const options = {};
  const positional = [];
  const shown = fieldsShown();
  let command = tab;
  if (tab === 'check') {
    command = 'claim';
    const text = (values.sentence || '').trim();
    if (text.includes('\n') || text.length > 400) {
      files['/article.txt'] = text;
      options.text = ['/article.txt'];
    } else {
      positional.push(text);
    }
  } else if (usesJob()) {
    files['/run.job.json'] = values.job;
    positional.push('/run.job.json');
  }
  for (const name of shown) {
    const field = FIELDS[name];
    const value = (values[name] ?? '').toString().trim();
    if (!field.option || value === '') continue;
    if (field.kind === 'check') {
      if (value === 'yes') options[field.option] = [];
    } else if (field.lines) {
      const lines = value.split('\n').map((line) => line.trim()).filter(Boolean);
      if (lines.length) options[field.option] = lines;
    } else if (name === 'model' && dropped && value === dropped.name) {
      files['/' + dropped.name] = dropped.text;
      options.model = ['/' + dropped.name];
    } else {
      options[field.option] = [value];
    }
  }
  if (tab === 'explain' && values.path) positional.push(values.path.trim());
  return { command, positional, options, files };
}

const quoted = (word) => (/^[\w.,:=\/@%+-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'");
function commandLine() {
  const { command, positional, options, files } = question();
  const words = ['traincost', command];
  const named = (word) => (has(files, word) ? word.slice(1) : word);
  for (const each of positional) words.push(quoted(named(each)));
  for (const [name, list] of Object.entries(options)) {
    if (list.length === 0) words.push('--' + name);
    for (const each of list) words.push('--' + name, quoted(named(each)));
  }
  return words.join(' ');
}

// The short form as a job file; of a job, the file with what is set over it.
function jobFile() {
  const lines = (values.set || '').split('\n').map((each) => each.trim()).filter(Boolean);
  const wrong = lines.find((line) => line.indexOf('=') < 1);
  if (wrong) throw new Error(`"${wrong}" is no member=value`);
  if (usesJob() && lines.length === 0 && !values.price && !values.method) return values.job;
  const job = usesJob() ? JSON.parse(values.job) : {};
  const put = (path, value) => {
    const keys = path.split('.');
    let at = job;
    for (const key of keys.slice(0, -1)) {
      if (at[key] === null || typeof at[key] !== 'object') at[key] = {};
      at = at[key];
    }
    at[keys.at(-1)] = value;
  };
  const number = (text) => (/^\d+$/.test(text) ? Number(text) : text);
  if (!usesJob()) {
    const paths = { model: 'model', accelerator: 'cluster.accelerator', count: 'cluster.count', tokens: 'run.tokens', sequence: 'run.sequence_length', batch: 'run.global_batch', precision: 'run.precision', stack: 'stack' };
    job.name = values.model || 'my run';
    for (const [name, path] of Object.entries(paths)) {
      const value = (values[name] || '').trim();
      if (value) put(path, name === 'model' && dropped && value === dropped.name ? JSON.parse(dropped.text) : number(value));
    }
    if (values.tokens && /[A-Za-z]$/.test(values.tokens)) put('run.tokens', values.tokens.trim() + ' tokens');
    if (!lines.some((line) => line.startsWith('layout'))) put('layout', 'search');
  }
  if (values.price) put('pricing.price', values.price.trim());
  if (values.method) put('pricing.method', values.method);
  for (const line of lines) {
    const at = line.indexOf('=');
    let value = line.slice(at + 1);
    try { value = JSON.parse(value); } catch { /* a text */ }
    put(line.slice(0, at), value);
  }
  return JSON.stringify(job, null, 2) + '\n';
}

// ---- Links: the question after the # ---------------------------------------------------------------

function link() {
  const query = new URLSearchParams({ v: VERSION, q: tab });
  query.set('preset', values.preset);
  // What the preset says need not be repeated; what it says and the form has cleared must be.
  const said = saidBy(values.preset);
  for (const name of new Set([...fieldsShown(), ...Object.keys(said)])) {
    const value = values[name] ?? '';
    if (value !== (said[name] ?? '')) query.set(name, value);
  }
  if (dropped && values.model === dropped.name) query.set('config', dropped.text);
  return '#' + query.toString();
}

// What a link holds, or nothing where it is none of ours.
function follow(hash) {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  if (query.get('v') !== VERSION) return false;
  const preset = query.get('preset');
  startFrom(has(PRESETS, preset || '') ? preset : 'own');
  if (has(TABS, query.get('q') || '')) tab = query.get('q');
  for (const [name, value] of query) if (has(FIELDS, name) && name !== 'preset') values[name] = value;
  if (query.has('config')) {
    dropped = { name: fileName(values.model || ''), text: query.get('config') };
    values.model = dropped.name;
  }
  return true;
}

// A name that a file of the engine's may have.
function fileName(name) {
  const safe = name.replace(/[^\p{L}\p{N}.-]/gu, '_').replace(/^\.+/, '');
  return /\.json$/.test(safe) ? safe : (safe || 'config') + '.json';
}

// ---- The form -----------------------------------------------------------------------------------

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made && typeof value !== 'string') made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const MULTIPLES = { k: 1e3, m: 1e6, b: 1e9, t: 1e12 };
function amount(text) {
  const match = /^([\d.]+)\s*([kmbt])?/i.exec((text || '').replace(/,/g, ''));
  return match ? Number(match[1]) * (match[2] ? MULTIPLES[match[2].toLowerCase()] : 1) : NaN;
}
function amountText(value) {
  for (const [letter, size] of [['T', 1e12], ['B', 1e9], ['M', 1e6]]) {
    if (value >= size) return Number((value / size).toPrecision(3)) + letter;
  }
  return String(Math.round(value));
}

// A slider over a field's text, logarithmic.
function slider(name, field, input) {
  const [low, high] = field.range.map(Math.log2);
  const range = element('input', { type: 'range', min: '0', max: '1000', 'aria-label': field.label + ', slider' });
  const place = () => {
    const now = Math.log2(amount(input.value));
    if (Number.isFinite(now)) range.value = String(Math.round((1000 * (now - low)) / (high - low)));
  };
  range.addEventListener('input', () => {
    let value = 2 ** (low + ((high - low) * range.value) / 1000);
    if (field.step) value = Math.max(field.step, Math.round(value / field.step) * field.step);
    input.value = field.unit ? amountText(value) : String(Math.round(value));
    changed(name, input.value);
  });
  input.addEventListener('input', place);
  place();
  return range;
}

function control(name) {
  const field = FIELDS[name];
  const id = 'field-' + name;
  const now = values[name] ?? '';
  const parts = [];
  if (field.kind === 'check') {
    const box = element('input', { type: 'checkbox', id });
    box.checked = now === 'yes';
    box.addEventListener('change', () => changed(name, box.checked ? 'yes' : ''));
    return element('div', { class: 'field' }, box, ' ', element('label', { for: id, style: 'display:inline' }, field.label));
  }
  let input;
  if (field.kind === 'preset') {
    input = element('select', { id });
    for (const [key, preset] of Object.entries(PRESETS)) input.append(element('option', { value: key }, preset.title));
    input.value = values.preset;
    input.addEventListener('change', () => { startFrom(input.value); begin(); });
  } else if (field.choices) {
    input = element('select', { id });
    for (const each of field.choices) input.append(element('option', { value: each }, each || 'open'));
    input.value = now;
    input.addEventListener('change', () => changed(name, input.value));
  } else if (field.kind === 'text') {
    input = element('textarea', { id, spellcheck: 'false', class: field.tall ? 'tall' : '' });
    input.value = now;
    input.addEventListener('input', () => changed(name, input.value));
  } else {
    input = element('input', { id, type: 'text', spellcheck: 'false' });
    if (field.list) input.setAttribute('list', 'list-' + field.list);
    input.value = now;
    input.addEventListener('input', () => changed(name, input.value));
    if (field.range) parts.push(slider(name, field, input));
  }
  if (field.hint) {
    input.setAttribute('aria-describedby', id + '-hint');
    parts.push(element('p', { class: 'hint', id: id + '-hint' }, field.hint));
  }
  return element('div', { class: 'field' }, element('label', { for: id }, field.label), input, ...parts);
}

function drawForm() {
  const home = byId('fields');
  home.replaceChildren(...fieldsShown().map(control));
  for (const [name, entries] of Object.entries(lists)) {
    const list = element('datalist', { id: 'list-' + name });
    for (const each of entries) list.append(element('option', { value: each }));
    home.append(list);
  }
}

function drawTabs() {
  const tabs = Object.entries(TABS).map(([key, each]) => {
    const chosen = key === tab;
    const button = element('button', { type: 'button', role: 'tab', id: 'tab-' + key, 'aria-selected': String(chosen), 'aria-controls': 'answer', tabindex: chosen ? '0' : '-1' }, each.title);
    button.addEventListener('click', () => choose(key));
    return button;
  });
  byId('tabs').replaceChildren(...tabs);
}

byId('tabs').addEventListener('keydown', (event) => {
  const keys = Object.keys(TABS);
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  if (!(event.key in steps)) return;
  choose(keys[(keys.indexOf(tab) + steps[event.key] + keys.length) % keys.length]);
  byId('tab-' + tab).focus();
  event.preventDefault();
});

function choose(key) {
  tab = key;
  begin();
}

function changed(name, value) {
  const had = usesJob();
  values[name] = value;
  if (usesJob() !== had) {  // the fields of the short form come, or go
    drawForm();
    byId('field-' + (usesJob() ? 'job' : 'model'))?.focus();
  }
  ask();
}

function begin() {
  complete();
  byId('copy-job').hidden = tab === 'check';
  drawTabs();
  drawForm();
  ask();
}

// ---- Asking: one question at a time, always the newest ------------------------------------------------

let worker;
let ready = false;
let running = null;
let pending = []; // questions to come; of those that are shown the newest alone
let serial = 0;
let ticking;

function send(asked, done, isShown = false) {
  if (isShown) pending = pending.filter((each) => !each.isShown);
  pending.push({ asked, done, isShown });
  next();
}

function next() {
  if (running || pending.length === 0) return;
  const { asked, done } = pending.shift();
  const { files, ...rest } = asked;
  running = { id: ++serial, done };
  worker.postMessage({ id: serial, question: rest, files });
}

function heard({ data }) {
  if (data.ready) return started(data);
  const { done } = running;
  running = null;
  done(data);
  next();
}

function ask() {
  if (!ready) return;
  const asked = question();
  asked.options = { ...asked.options, format: ['fragment'] };
  if (asked.command === 'estimate') asked.options.timetable = [];
  history.replaceState(null, '', link());
  const began = performance.now();
  byId('answer').setAttribute('aria-busy', 'true');
  clearInterval(ticking);
  ticking = setInterval(() => {
    const taken = (performance.now() - began) / 1000;
    if (taken > 0.4) byId('state').textContent = `${TABS[tab].title.toLowerCase()}: ${taken.toFixed(1)} s`;
  }, 200);
  send(asked, show, true);
}

function show({ outcome, milliseconds }) {
  clearInterval(ticking);
  const good = outcome.output !== '';
  byId('answer').setAttribute('aria-busy', String(pending.some((each) => each.isShown)));
  byId('state').textContent = good ? `answered in ${milliseconds < 100 ? milliseconds.toFixed(0) + ' ms' : (milliseconds / 1000).toFixed(2) + ' s'}` : 'no answer yet';
  const fault = byId('fault');
  fault.replaceChildren();
  // Of an answer they are warnings, and what was taken for what was not said.
  if (outcome.messages) fault.append(element('pre', {}, outcome.messages.replace(/^\/run\.job\.json/gm, 'job file')));
  // An answer to what was asked before stays, but not as if it were this one's; one to another
  // question goes.
  const report = byId('report');
  report.classList.toggle('stale', !good);
  if (!good && report.dataset.of !== tab + values.preset) report.replaceChildren();
  // The engine's own markup: every text of a stranger in it is escaped (reports/safe_text).
  if (good) {
    report.innerHTML = outcome.output;
    report.dataset.of = tab + values.preset;
  }
  document.title = good ? byId('report').querySelector('h1').textContent + ' · traincost' : 'traincost';
  byId('answer').dataset.status = String(outcome.status);
  byId('answer').dataset.serial = String(serial);
}

// ---- Copies and files -----------------------------------------------------------------------------

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    byId('said').textContent = what + ' copied';
  } catch {
    const area = element('textarea', {});
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    byId('said').textContent = done ? what + ' copied' : what + ': ' + text;
  }
  byId('said').dataset.copied = text;
}

function save(format, name, type) {
  const asked = question();
  asked.options = { ...asked.options, format: [format] };
  if (asked.command === 'estimate') asked.options.timetable = [];
  send(asked, ({ outcome }) => {
    if (outcome.output === '') return show({ outcome, milliseconds: 0 });
    const made = element('a', { href: URL.createObjectURL(new Blob([outcome.output], { type })), download: name });
    made.click();
    URL.revokeObjectURL(made.href);
    byId('said').textContent = name + ' saved';
  });
}

byId('copy-link').addEventListener('click', () => copy(location.href.split('#')[0] + link(), 'link'));
byId('copy-command').addEventListener('click', () => copy(commandLine(), 'command line'));
byId('copy-job').addEventListener('click', () => {
  try {
    copy(jobFile(), 'job file');
  } catch (error) {
    byId('said').textContent = 'the job file cannot be read: ' + error.message;
  }
});
byId('save-html').addEventListener('click', () => save('html', 'traincost.html', 'text/html'));
byId('save-json').addEventListener('click', () => save('json', 'traincost.json', 'application/json'));
byId('form').addEventListener('submit', (event) => event.preventDefault());

const columns = document.querySelector('.columns');
for (const kind of ['dragover', 'dragleave', 'drop']) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    columns.classList.toggle('drop', kind === 'dragover');
  });
}
addEventListener('drop', async (event) => {
  const file = event.dataTransfer.files[0];
  if (!file) return;
  take(file.name, await file.text());
});

// A dropped file: a job, an article, or a model's config.json.
function take(name, text) {
  if (tab === 'check') {
    values.sentence = text;
  } else {
    let parsed = {};
    try { parsed = JSON.parse(text); } catch { /* said by the engine */ }
    if (parsed && (parsed.model_type || parsed.architectures)) {
      if (usesJob()) startFrom('own');
      dropped = { name: fileName(name), text };
      values.accelerator ||= 'h100-sxm';
      values.count ||= '8';
      values.tokens ||= '1T';
      values.model = dropped.name;
    } else {
      values.preset = 'own';
      values.job = text;
    }
  }
  begin();
}

addEventListener('hashchange', () => {
  if (location.hash !== link() && follow(location.hash)) begin();
});

// ---- Start ------------------------------------------------------------------------------------------

async function inflated(base64) {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function start() {
  const text = byId('engine').textContent + '\n' + byId('worker').textContent;
  worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
  worker.onmessage = heard;
  worker.onerror = (event) => { byId('state').textContent = 'the engine does not start: ' + event.message; };
  worker.postMessage({ wasm: await inflated(byId('wasm').textContent) });
}

function started({ ready: version }) {
  ready = true;
  byId('version').textContent = 'traincost ' + version;
  ask();
  const list = (name, positional, options) => {
    const asked = { command: 'hw', positional, options: { ...options, format: ['json'] } };
    send(asked, ({ outcome }) => {
      lists[name] = JSON.parse(outcome.output).rows.map((row) => row.id);
      fillLists();
    });
  };
  list('models', ['list'], { models: [] });
  list('accelerators', ['list'], {});
  list('stacks', ['list', 'stacks'], {});
}

function fillLists() {
  for (const [name, entries] of Object.entries(lists)) {
    const list = byId('list-' + name);
    if (list) list.replaceChildren(...entries.map((each) => element('option', { value: each })));
  }
}

if (!follow(location.hash)) startFrom('deepseek-v3');
complete();
byId('copy-job').hidden = tab === 'check';
drawTabs();
drawForm();
start();
