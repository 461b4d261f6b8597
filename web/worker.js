// Runs the engine away from the page, so that a long search keeps nothing waiting. What it gets is a
// question, and files that the question names; what it gives is the outcome, as the command line has it.
let engine;

async function start(wasm) {
  engine = await traincostEngine({ wasmBinary: wasm });
  postMessage({ ready: engine.ccall('traincost_version', 'string', [], []) });
}

onmessage = async ({ data }) => {
  if (data.wasm) return start(data.wasm);
  const began = performance.now();
  let outcome;
  try {
    for (const [name, text] of Object.entries(data.files || {})) engine.FS.writeFile(name, text);
    outcome = JSON.parse(engine.ccall('traincost_ask', 'string', ['string'], [JSON.stringify(data.question)]));
  } catch (error) {
    outcome = { status: 1, output: '', messages: 'the engine stopped: ' + error + '\n' };
  }
  postMessage({ id: data.id, outcome, milliseconds: performance.now() - began });
};
