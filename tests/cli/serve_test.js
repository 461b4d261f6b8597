// serve_test.js SERVE PROGRAM SOURCE_DIR: the service as its clients meet it. All traffic is on loopback,
// and bounded.
'use strict';
const { execFileSync, spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const net = require('net');
const os = require('os');
const path = require('path');

const [serve, program, source] = process.argv.slice(2);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'traincost-serve-'));
const read = (name) => fs.readFileSync(path.join(source, name), 'utf8');
let checks = 0;
let failures = 0;
function check(name, holds, detail = '') {
  ++checks;
  if (holds) return;
  ++failures;
  console.log(`FAIL ${name}: ${String(detail).slice(0, 400)}`);
}

function run(words, input) {
  try {
    return execFileSync(program, words, { encoding: 'utf8', input: input ?? '', cwd: source, stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 1 << 28 });
  } catch (error) {
    return error.stdout;
  }
}

// A service that listens, with the port that it got.
function started(...words) {
  const child = spawn(serve, ['--port', '0', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
      const port = /:(\d+)(,|\n)/.exec(said);
      if (port) resolve({ child, port: Number(port[1]), ended: new Promise((end) => child.on('exit', (code, signal) => end({ code, signal }))) });
    });
    child.on('exit', (code) => reject(new Error(`exit ${code}: ${said}`)));
  });
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
function ask(port, method, target, { body, headers = {}, type = 'application/json' } = {}) {
  return new Promise((resolve, reject) => {
    const all = body === undefined ? headers : { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers };
    const request = http.request({ host: '127.0.0.1', port, method, path: target, headers: all, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

// Bytes as they are, and what comes back until the other side closes or `milliseconds` are over.
function raw(port, bytes, milliseconds = 1500) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const began = Date.now();
    const done = () => { socket.destroy(); resolve({ text, took: Date.now() - began }); };
    socket.on('data', (data) => { text += data; });
    socket.on('close', done);
    socket.on('error', done);
    socket.setTimeout(milliseconds, done);
    socket.write(bytes);
  });
}

const memory = (child) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]);

async function questions(port) {
  const job = read('examples/gpt3-175b.job.json');
  for (const format of ['json', 'text', 'md', 'csv', 'html']) {
    const answer = await ask(port, 'POST', `/v1/estimate?format=${format}`, { body: job });
    check(`estimate as ${format}: the command line's bytes`, answer.status === 200 && answer.text === run(['estimate', '-', '--format', format], job), answer.text.slice(0, 200));
  }
  const short = 'model=llama-3.1-8b&accelerator=h100-sxm&gpus=8&tokens=1T&set=layout.tp%3D2&set=run.micro_batch%3D1';
  check('a short form is a query', (await ask(port, 'GET', `/v1/estimate?${short}`)).text ===
    run(['estimate', '--model', 'llama-3.1-8b', '--accelerator', 'h100-sxm', '--gpus', '8', '--tokens', '1T', '--set', 'layout.tp=2', '--set', 'run.micro_batch=1', '--format', 'json']));
  const claim = read('examples/claims/deepseek-v3.claim.json');
  check('check', (await ask(port, 'POST', '/v1/check?format=text', { body: claim })).text.startsWith('deepseek-v3: consistent'));
  const drafted = await ask(port, 'POST', '/v1/claim?format=text', { type: 'text/plain', body: 'DeepSeek-V3 took 2.788M H800 GPU-hours at $2 an hour, $5.576M.' });
  check('claim', drafted.text.startsWith('draft: consistent'), drafted.text);
  const saved = read('tests/golden/deepseek-v3/report.json');
  check('render', (await ask(port, 'POST', '/v1/render?format=text', { body: saved })).text === read('tests/golden/deepseek-v3/report.txt'));
  const does = await ask(port, 'POST', '/v1/estimate?set=run.precision%3Dbf16&set=run.recompute_modules%3Dnull&set=run.recompute%3Dnone&set=run.activation_cache%3Dbf16', { body: read('examples/deepseek-v3.job.json') });
  check('what does not fit is an answer', does.status === 200 && does.headers['x-traincost-exit'] === '4');
  check('hardware', JSON.parse((await ask(port, 'GET', '/v1/hardware/h800-sxm')).text).question === 'hw-show');
  check('models', JSON.parse((await ask(port, 'GET', '/v1/models')).text).rows.length > 20);
  check('prices', JSON.parse((await ask(port, 'GET', '/v1/prices/h100-sxm')).text).rows.length > 10);
  check('a schema', (await ask(port, 'GET', '/v1/schemas/job')).text === run(['schema', 'job']));
  const api = JSON.parse((await ask(port, 'GET', '/openapi.json')).text);
  check('OpenAPI', api.openapi === '3.1.0' && '/v1/estimate' in api.paths);
  for (const reference of JSON.stringify(api).match(/\/v1\/schemas\/\w+/g)) {
    check(`${reference} is there`, (await ask(port, 'GET', reference)).status === 200);
  }
  check('health', (await ask(port, 'GET', '/health')).text === 'ok\n');
  const metrics = (await ask(port, 'GET', '/metrics')).text;
  check('metrics', /traincost_requests_total\{route="estimate",status="200"\} \d+/.test(metrics) && /_bucket\{route="estimate",le="\+Inf"\} \d+/.test(metrics), metrics.slice(0, 300));
}

async function refusals(port) {
  const status = async (name, wanted, method, target, options, words = '') => {
    const answer = await ask(port, method, target, options);
    check(name, answer.status === wanted && answer.text.includes(words), `${answer.status} ${answer.text}`);
    if (answer.status >= 400) check(`${name}: problem+json`, answer.headers['content-type'] === 'application/problem+json' && JSON.parse(answer.text).status === answer.status, answer.text);
  };
  await status('an unknown parameter', 400, 'GET', '/v1/estimate?modle=x', {}, 'did you mean');
  await status('all faults of a job', 422, 'POST', '/v1/estimate', { body: '{"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-smx", "count": -8}, "run": {"tokens": "1T"}}' }, 'h100-sxm');
  await status('no JSON', 422, 'POST', '/v1/estimate', { body: '{"model": ' });
  await status('a file of the machine', 422, 'POST', '/v1/estimate', { body: '{"model": "/etc/passwd", "cluster": {"accelerator": "h100-sxm", "count": 8}, "run": {"tokens": "1T"}}' }, 'no model');
  await status('that file, were it there or not, in the same words', 422, 'POST', '/v1/estimate', { body: '{"model": "/etc/nowhere", "cluster": {"accelerator": "h100-sxm", "count": 8}, "run": {"tokens": "1T"}}' }, 'no model');
  for (const option of ['hwdb=/etc', 'hwdb-overlay=/tmp', 'export-html=/tmp/x.html', 'model=-&accelerator=h100-sxm&gpus=8&tokens=1T']) {
    await status(`${option} is refused`, option.startsWith('model') ? 422 : 400, 'GET', `/v1/estimate?${option}`, {});
  }
  await status('out is refused', 400, 'POST', '/v1/claim?out=/tmp/x.json', { type: 'text/plain', body: 'x' });
  await status('a path that is not there', 404, 'GET', '/v1/estimat', {}, 'estimate');
  await status('a record that is not there', 404, 'GET', '/v1/hardware/h100-smx', {}, 'h100-sxm');
  await status('another method', 405, 'DELETE', '/v1/estimate', {});
  await status('too large a body', 413, 'POST', '/v1/estimate', { body: ' '.repeat((1 << 20) + 1) });
  await status('too many samples', 400, 'GET', '/v1/estimate?samples=1000000&model=llama-3.1-8b&accelerator=h100-sxm&gpus=8&tokens=1T', {});
}

// Small, seeded: what a stranger's program may send.
async function malformed(port, count) {
  let seed = 7;
  const random = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below; };
  const job = read('examples/gpt3-175b.job.json');
  const heads = ['GET / HTTP/1.1\r\n', 'POST /v1/estimate HTTP/1.1\r\n', '\x00\x01\x02', 'GET /%zz%00 HTTP/9.9\r\n', `GET /${'a'.repeat(9000)} HTTP/1.1\r\n`, 'POST /v1/estimate HTTP/1.1\r\ncontent-length: -5\r\n', 'POST /v1/check HTTP/1.1\r\ntransfer-encoding: chunked\r\n'];
  for (let i = 0; i < count; i += 50) {
    await Promise.all(Array.from({ length: 50 }, () => {
      const kind = random(3);
      if (kind === 0) {
        const at = random(job.length);
        const body = job.slice(0, at) + String.fromCharCode(random(256)) + job.slice(at + random(5));
        return ask(port, 'POST', ['/v1/estimate', '/v1/explain', '/v1/check', '/v1/render'][random(4)], { body }).catch(() => {});
      }
      const head = heads[random(heads.length)];
      return raw(port, `${head}host: x\r\nconnection: close\r\n\r\n${'z'.repeat(random(50))}`, 100);
    }));
  }
}

async function main() {
  const service = await started();
  await questions(service.port);
  await refusals(service.port);

  // MALFORMED=10000 for a longer look.
  const many = Number(process.env.MALFORMED || 600);
  await malformed(service.port, many / 2);
  const before = memory(service.child);
  await malformed(service.port, many);
  const grown = memory(service.child) - before;
  check('memory stays flat', grown < 30000, `${grown} KiB more`);
  check('it still answers', (await ask(service.port, 'GET', '/health')).status === 200);

  // Half a request is waited for, but not for ever.
  const slow = await raw(service.port, 'POST /v1/estimate HTTP/1.1\r\ncontent-length: 100\r\n\r\n{', 10000);
  check('a slow client is cut off', slow.took < 8000, `${slow.took} ms`);

  // A long question leaves room for short ones, and SIGTERM lets it end.
  const long = ask(service.port, 'GET', '/v1/size?model=llama-3.1-405b&tokens=15.6T&accelerator=h100-sxm,h200-sxm,b200-sxm&deadline=60%20d');
  await new Promise((resolve) => setTimeout(resolve, 100));
  check('a second long question is told to come again', (await ask(service.port, 'GET', '/v1/search?model=llama-3.1-8b&tokens=1T&accelerator=h100-sxm&gpus=8')).status === 503);
  check('a short one is answered meanwhile', (await ask(service.port, 'GET', '/v1/estimate?model=llama-3.1-8b&tokens=1T&accelerator=h100-sxm&gpus=8')).status === 200);
  service.child.kill('SIGTERM');
  const last = await long;
  check('what is in flight is finished', last.status === 200 && JSON.parse(last.text).question === 'size', last.status);
  agent.destroy();
  const end = await service.ended;
  check('then it ends well', end.code === 0, JSON.stringify(end));

  // Off loopback a token is asked for; with one, by every request.
  const open = await started('--host', '0.0.0.0').catch((error) => error.message);
  check('no token, no other address', typeof open === 'string' && open.includes('exit 2') && open.includes('token'), open);
  const file = path.join(work, 'token');
  fs.writeFileSync(file, 'a-token-of-some-length\n');
  const closed = await started('--token-file', file);
  check('without the token', (await ask(closed.port, 'GET', '/v1/models')).status === 401);
  check('with a wrong one', (await ask(closed.port, 'GET', '/metrics', { headers: { authorization: 'Bearer a-token-of-some-lengtH' } })).status === 401);
  check('with the right one', (await ask(closed.port, 'GET', '/v1/models', { headers: { authorization: 'Bearer a-token-of-some-length' } })).status === 200);
  check('health needs none', (await ask(closed.port, 'GET', '/health')).status === 200);
  agent.destroy();
  closed.child.kill('SIGINT');
  check('SIGINT ends it too', (await closed.ended).code === 0);
  fs.rmSync(work, { recursive: true });
  console.log(`${checks} checks, ${failures} failures`);
  process.exit(failures === 0 ? 0 : 1);
}

main().catch((error) => {
  console.log(String(error.stack || error).slice(0, 1000));
  process.exit(1);
});
