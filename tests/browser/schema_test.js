// schema_test.js PROGRAM SOURCE_DIR: every JSON Schema under ajv's strict mode of 2020-12, and every kind of
// report that the program prints against the schema that it prints; one with a member broken is refused.
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const Ajv2020 = require('ajv/dist/2020');

const [program, source] = process.argv.slice(2);
let checks = 0;
let failures = 0;
function check(name, holds, detail = '') {
  ++checks;
  if (holds) return;
  ++failures;
  console.log(`FAIL ${name}: ${String(detail).slice(0, 500)}`);
}
function run(...words) {
  try {
    return execFileSync(program, words, { encoding: 'utf8', cwd: source, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  } catch (error) {
    return error.stdout;
  }
}

// A member of several kinds is written as a list of types here; everything else of strict mode holds.
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: false });
const compiled = {};
for (const name of run('schema').trim().split('\n').map((line) => line.split(' ')[0])) {
  try {
    compiled[name] = ajv.compile(JSON.parse(run('schema', name)));
    check(`schema ${name}`, true);
  } catch (error) {
    check(`schema ${name}`, false, error.message);
  }
}

const obeys = (name, value) => compiled[name](value) || `${ajv.errorsText(compiled[name].errors)}`;
const reports = [
  ['estimate', 'examples/deepseek-v3.job.json', '--timetable', '--samples', '64', '--method', 'all', '--deadline', '60 d'],
  ['estimate', 'examples/deepseek-r1-zero.job.json'],
  ['estimate', 'examples/llama-3.1-405b-as-reported.job.json'],
  ['estimate', '--model', 'llama-3.1-405b', '--accelerator', 'h100-sxm', '--gpus', '8', '--tokens', '1T'],
  ['estimate', '--fit', 'sequence', '--model', 'llama-3.1-8b', '--accelerator', 'h100-sxm', '--gpus', '8'],
  ['explain', 'examples/gpt3-175b.job.json'],
  ['search', 'examples/small-8-gpu.job.json', '--practical'],
  ['size', '--model', 'llama-3.1-8b', '--tokens', '1T', '--accelerator', 'h100-sxm', '--deadline', '60 d'],
  ['size', '--budget', '$1M', '--accelerator', 'h100-sxm'],
  ['compare', '--model', 'llama-3.1-8b', '--tokens', '1T', '--accelerator', 'h100-sxm,h200-sxm', '--gpus', '64'],
  ['check', 'examples/claims'],
  ['claim', 'DeepSeek-V3 took 2.788M H800 hours at $2 an hour, $5.576M'],
  ['params', 'deepseek-v3'],
  ['hw', 'list'], ['hw', 'list', 'grids'], ['hw', 'list', '--models'], ['hw', 'show', 'h800-sxm'],
  ['hw', 'compare', 'h20-96', 'h100-sxm'], ['hw', 'show', 'h20-96', '--export'],
  ['prices', 'h100-sxm'],
  ['validate', 'hwdb/data/published/megatron.jsonl'],
  ['bench', 'compare', 'hwdb/data/measurements/attention.jsonl'],
  ['diff', 'tests/golden/deepseek-v3/report.json', 'tests/golden/gpt3-175b/report.json'],
];
for (const words of reports) {
  const report = JSON.parse(run(...words, '--format', 'json'));
  const found = obeys('report', report);
  check(words.join(' '), found === true, found);
}

// One member broken, of each kind of fault: refused.
const good = JSON.parse(fs.readFileSync(path.join(source, 'tests/golden/deepseek-v3/report.json'), 'utf8'));
for (const [name, spoil] of Object.entries({
  'a text for a number': (report) => { report.result.total.accelerator_hours = 'many'; },
  'a number for a text': (report) => { report.question = 5; },
  'a member that is gone': (report) => { delete report.rows; },
  'a member of a phase that is gone': (report) => { delete report.result.phases[0].name; },
  'another form': (report) => { report.schema = 'traincost.report/2'; },
  'a row that is no object': (report) => { report.rows[0] = 7; },
  'a source without its kind': (report) => { delete report.sources[0].kind; },
})) {
  const spoilt = JSON.parse(JSON.stringify(good));
  spoil(spoilt);
  check(`refused: ${name}`, obeys('report', spoilt) !== true, 'accepted');
}
for (const file of fs.readdirSync(path.join(source, 'examples')).filter((each) => each.endsWith('.job.json'))) {
  const found = obeys('job', JSON.parse(fs.readFileSync(path.join(source, 'examples', file), 'utf8')));
  check(file, found === true, found);
}
console.log(`${checks} checks, ${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
