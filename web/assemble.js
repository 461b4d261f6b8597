// assemble.js WEB ENGINE.js EXAMPLES OUT: the page as one file. Style, script, engine and examples go in
// as they are; the compiled engine compressed, since it is most of the file.
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const [web, engine, examples, out] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(web, name), 'utf8');
const compiled = fs.readFileSync(engine.replace(/\.js$/, '.wasm'));
const jobs = {};
for (const name of fs.readdirSync(examples).sort()) {
  if (name.endsWith('.job.json')) jobs[name] = fs.readFileSync(path.join(examples, name), 'utf8');
}
// Nothing but its end tag and a comment's begin ends a script's text.
const inScript = (text) => text.replace(/<\/(script)/gi, '<\\/$1').replace(/<!--/g, '<\\!--');
require(path.resolve(engine))({ wasmBinary: compiled }).then((started) => {
  const parts = {
    REPORT: started.ccall('traincost_style', 'string', [], []),
    STYLE: read('page.css'),
    ENGINE: inScript(fs.readFileSync(engine, 'utf8')),
    WORKER: inScript(read('worker.js')),
    WASM: zlib.gzipSync(compiled, { level: 9 }).toString('base64'),
    JOBS: JSON.stringify(jobs).replace(/</g, '\\u003c'),
    SCRIPT: inScript(read('page.js')),
  };
  const page = read('page.html').replace(/@([A-Z]+)@/g, (whole, name) => parts[name] ?? whole);
  fs.writeFileSync(out, page);
});
