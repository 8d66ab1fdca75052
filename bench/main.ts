// The benchmarks: `npm run bench` compares with rivals and records the table, `npm run bench -- NAME` answers one question.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { compareWithRivals } from "./compare.js";
import { answer } from "./question.js";

const usage = `npm run bench [-- QUESTION …] [OPTION …]

Without a question: the rows of work that rivals are measured on, as a table that is also appended to bench/RESULTS.md.
  --peers FOLDER      scripts of the rivals, or \`none\`; default: the variable PEER_SCRIPTS, else none
  --drivers A,B       drivers to measure on; default: every software driver of this machine
  --rows A,B          rows to measure (of \`models\`: names of models); default: all
  --print             print only, append nothing
Questions: `;

const questions = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".bench.ts"))
  .map((name) => name.replace(".bench.ts", ""));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peers: { type: "string" },
    drivers: { type: "string" },
    rows: { type: "string" },
    print: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const list = (text: string | undefined): readonly string[] | undefined => text?.split(",");
const unknown = positionals.filter((name) => !questions.includes(name));
if (values.help || unknown.length > 0) {
  for (const name of unknown) process.stderr.write(`there is no question \`${name}\`\n`);
  process.stdout.write(`${usage}${questions.join(", ")}.\n`);
  process.exit(values.help ? 0 : 2);
}
const drivers = list(values.drivers);
if (positionals.length > 0) await answer(positionals, drivers?.[0], list(values.rows));
else {
  const folder = values.peers ?? process.env["PEER_SCRIPTS"] ?? "none";
  await compareWithRivals({ folder, drivers, rows: list(values.rows), isPrinted: values.print });
}
process.exit(0);
