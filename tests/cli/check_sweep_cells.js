// node check_sweep_cells.js SOURCE_DIR PROGRAM: the CSV, NDJSON and SQLite of one sweep agree, cell by
// cell, for every example; and the NDJSON has the members that the schema of a row names.
const fs = require("fs");
const os = require("os");
const path = require("path");
const { execFileSync } = require("child_process");

const [source, program] = process.argv.slice(2);
const work = fs.mkdtempSync(path.join(os.tmpdir(), "cells-"));
let failures = 0;
let cells = 0;

function fail(what) {
  failures += 1;
  if (failures <= 20) console.error(what);
}

// RFC 4180, one record a line: no cell of a sweep holds a line's end.
function csvCells(line) {
  const found = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const c = line[i];
    if (quoted && c === '"' && line[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (c === '"') {
      quoted = !quoted;
    } else if (c === "," && !quoted) {
      found.push(cell);
      cell = "";
    } else {
      cell += c;
    }
  }
  return [...found, cell];
}

// As the other two forms hold a JSON value: CSV as text, SQLite without a type for truth.
const asCsv = (value) => (value === null ? "" : String(value));
const asSqlite = (value) => (typeof value === "boolean" ? Number(value) : value);

function rowsOf(args) {
  const run = (ending) => {
    const out = path.join(work, `rows.${ending}`);
    execFileSync(program, ["sweep", ...args, "--out", out, "--overwrite"], { stdio: "ignore" });
    return out;
  };
  const csv = fs.readFileSync(run("csv"), "utf8").split("\r\n").filter((line) => line);
  const json = fs.readFileSync(run("ndjson"), "utf8").split("\n").filter((line) => line);
  const table = execFileSync("sqlite3", ["-json", run("sqlite"), "select * from sweep"],
    { encoding: "utf8", maxBuffer: 1 << 28 });
  return { names: csvCells(csv[0]), csv: csv.slice(1).map(csvCells), json: json.map((line) =>
    JSON.parse(line)), sqlite: new Map(JSON.parse(table).map((row) => [row.id, row])) };
}

function compare(what, args, axes) {
  const { names, csv, json, sqlite } = rowsOf(args);
  if (csv.length !== json.length || csv.length !== sqlite.size) fail(`${what}: rows differ in number`);
  json.forEach((row, i) => {
    const stored = sqlite.get(row.id);
    if (Object.keys(row).join() !== names.join()) fail(`${what}: NDJSON has other columns than CSV`);
    if (!stored || Object.keys(stored).join() !== names.join()) {
      fail(`${what}: SQLite has other columns than CSV`);
      return;
    }
    names.forEach((name, at) => {
      cells += 1;
      const value = row[name];
      const written = csv[i][at];
      // An axis keeps the text that it was written as; SQLite has no other type for it.
      const inSqlite = axes.includes(name) ? written : asSqlite(value);
      const same = typeof value === "number" ? written !== "" && Number(written) === value
        : written === asCsv(value);
      if (!same) fail(`${what} ${row.id} ${name}: CSV ${written}, NDJSON ${value}`);
      if (stored[name] !== inSqlite) fail(`${what} ${row.id} ${name}: SQLite ${stored[name]}, NDJSON ${value}`);
    });
  });
  const schema = JSON.parse(fs.readFileSync(path.join(source, "reports/schema/report/sweep_row.json")));
  const fixed = names.filter((name) => !axes.includes(name));
  if (fixed.join() !== Object.keys(schema.properties).join()) fail(`${what}: the schema names others`);
}

for (const file of fs.readdirSync(path.join(source, "examples"))) {
  const example = path.join(source, "examples", file);
  if (file.endsWith(".job.json")) {
    const job = JSON.parse(fs.readFileSync(example));
    const counts = [job.cluster.count, 2 * job.cluster.count, 7];
    compare(file, [example, "--axis", `cluster.count=${counts}`, "--axis",
      "pricing.price=$1/GPU-h,$2.5/GPU-h"], ["cluster.count", "pricing.price"]);
  } else if (file.endsWith(".sweep.json")) {
    const sweep = JSON.parse(fs.readFileSync(example));
    compare(file, [example], sweep.axes.map((axis) => axis.path));
  }
}
fs.rmSync(work, { recursive: true });
console.log(`${cells} cells compared, ${failures} failures`);
process.exit(failures === 0 && cells > 10000 ? 0 : 1);
