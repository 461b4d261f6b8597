// node check_schemas.js SOURCE_DIR PROGRAM: every example, record and report obeys its JSON Schema.
//
// The schemas are JSON Schema 2020-12 kept to keywords that draft-7 has too, so that Debian's ajv
// (version 6) can check them; a keyword outside that subset is a failure here.
const fs = require("fs");
const path = require("path");
const { execFileSync } = require("child_process");
const Ajv = require("ajv");

const [source, program] = process.argv.slice(2);
const allowed = new Set(["$schema", "$id", "$ref", "$defs", "title", "description", "type", "enum",
  "const", "properties", "required", "additionalProperties", "items", "minItems", "pattern",
  "minimum", "maximum", "exclusiveMinimum"]);
let failures = 0;
let checked = 0;

function fail(what, why) {
  failures += 1;
  console.error(`${what}: ${why}`);
}

function checkKeywords(name, node, isKeywordLevel = true) {
  if (Array.isArray(node) || node === null || typeof node !== "object") return;
  for (const [key, value] of Object.entries(node)) {
    if (isKeywordLevel && !allowed.has(key)) fail(name, `keyword "${key}" is outside the subset`);
    checkKeywords(name, value, !(isKeywordLevel && (key === "properties" || key === "$defs")));
  }
}

const ajv = new Ajv({ allErrors: true, meta: true });
const schemas = {};
for (const room of ["report", "input"]) {
  const folder = path.join(source, "reports/schema", room);
  for (const file of fs.readdirSync(folder)) {
    const schema = JSON.parse(fs.readFileSync(path.join(folder, file)));
    const id = path.basename(file, ".json");
    if (schema.$schema !== "https://json-schema.org/draft/2020-12/schema") fail(file, "wrong $schema");
    checkKeywords(file, schema);
    delete schema.$schema;
    schemas[id] = ajv.compile(schema);
  }
}

function check(id, what, document) {
  checked += 1;
  if (!schemas[id](document)) fail(what, ajv.errorsText(schemas[id].errors, { separator: "\n    " }));
}

function report(args, statuses = [0]) {
  let output;
  try {
    output = execFileSync(program, [...args, "--format", "json"], { encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if (!statuses.includes(error.status)) return fail(args.join(" "), `exit ${error.status}`);
    output = error.stdout;
  }
  const document = JSON.parse(output);
  check("report", args.join(" "), document);
  const keys = document.rows.map((row) => Object.keys(row).join());
  if (new Set(keys).size > 1) fail(args.join(" "), "rows differ in their keys");
  const ids = document.rows.map((row) => row.id);
  if (new Set(ids).size !== ids.length) fail(args.join(" "), "row ids repeat");
}

const rooms = { accelerators: "accelerator", systems: "system", stacks: "stack", grids: "grid",
  reliability: "reliability", prices: "prices", engine: "engine", engine_error: "engine_error",
  export_rules: "export_rule" };
for (const [room, id] of Object.entries(rooms)) {
  const folder = path.join(source, "hwdb/data", room);
  for (const file of fs.readdirSync(folder)) {
    check(id, file, JSON.parse(fs.readFileSync(path.join(folder, file))));
  }
}
for (const [folder, id] of [["hwdb/data/measurements", "measurement"], ["hwdb/data/published", "published"]]) {
  for (const file of fs.readdirSync(path.join(source, folder))) {
    if (!file.endsWith(".jsonl")) continue;
    const lines = fs.readFileSync(path.join(source, folder, file), "utf8").split("\n");
    lines.filter((line) => line.trim()).forEach((line, i) => {
      check(id, `${file}:${i + 1}`, JSON.parse(line));
    });
  }
}
for (const file of fs.readdirSync(path.join(source, "examples"))) {
  if (!file.endsWith(".job.json")) continue;
  const job = path.join(source, "examples", file);
  check("job", file, JSON.parse(fs.readFileSync(job)));
  report(["estimate", job], [0, 4]);
}
for (const file of fs.readdirSync(path.join(source, "examples"))) {
  if (!file.endsWith(".sweep.json")) continue;
  check("sweep", file, JSON.parse(fs.readFileSync(path.join(source, "examples", file))));
}
for (const file of fs.readdirSync(path.join(source, "examples/claims"))) {
  const claim = path.join(source, "examples/claims", file);
  check("claim", file, JSON.parse(fs.readFileSync(claim)));
}
report(["check", path.join(source, "examples/claims")], [5]);
report(["check", path.join(source, "examples/claims/deepseek-v3.claim.json")]);
report(["validate", path.join(source, "hwdb/data/published/megatron.jsonl")]);
report(["estimate", "--model", "llama-3.1-8b", "--accelerator", "h100-sxm", "--accelerators", "8",
  "--tokens", "1B"]);
report(["search", path.join(source, "examples/gpt3-175b-64-a100.job.json"), "--set", "search.tp=8"]);
report(["search", path.join(source, "examples/gpt3-175b-64-a100.job.json"), "--set", "cluster.count=2",
  "--set", "layout=search"], [4]);
report(["size", "--model", "llama-3.1-8b", "--tokens", "1T", "--accelerator", "h100-sxm,a100-sxm-80",
  "--budget", "$1M"]);
report(["bench", "compare", path.join(source, "hwdb/data/measurements/element_wise.jsonl")]);
report(["params", "deepseek-v3"]);
report(["params", "gpt2"]);
report(["hw", "list"]);
report(["hw", "list", "stacks"]);
report(["hw", "list", "models"]);
report(["hw", "show", "h800-sxm"]);
report(["hw", "show", "hai-llm-2024"]);
report(["hw", "compare", "h20-96", "h100-sxm"]);
report(["hw", "list", "export_rules"]);
report(["hw", "show", "us-2023-10"]);
report(["hw", "show", "h20-96", "--export"]);
report(["hw", "list", "--exportable-as-of", "2024-06-01"]);
report(["prices"]);

// A schema that accepts anything proves nothing.
if (schemas.job({ model: "x", cluster: { accelerator: "y", count: 0 } })) fail("job", "accepts 0");
if (schemas.report({ schema: "traincost.report/1" })) fail("report", "accepts an empty report");
console.log(`${checked} documents checked, ${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
