// Teaches the stories model Shakespeare in several ways with the same steps on the same text, and writes what each costs and reaches.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../../cli/files.js";
import { drawWays } from "./picture.js";
import { encode, readTokenizer } from "./pieces.js";
import { teach, type Outcome, type Setting } from "./teach.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string", default: "webgpu" },
    adapter: { type: "string" },
    steps: { type: "string", default: "200" },
    batch: { type: "string", default: "8" },
    length: { type: "string", default: "64" },
    every: { type: "string", default: "50" },
    keep: { type: "string" },
    out: { type: "string", default: "runs/finetune" },
  },
});

const text = readFileSync(new URL("../shakespeare/input.txt", import.meta.url), "utf8");
const ids = encode(readTokenizer(), text);
const cut = Math.floor(0.9 * ids.length);
const setting: Setting = {
  backend: values.backend === "reference" ? "reference" : "webgpu",
  adapter: values.adapter,
  steps: Number(values.steps),
  batch: Number(values.batch),
  length: Number(values.length),
  evaluateEvery: Number(values.every),
  training: ids.slice(0, cut),
  heldOut: ids.slice(cut),
};

const all = ["Full", "FullQuick", "Lora", "LoraNorms", "Dora", "Adalora"];
const ways = positionals.length > 0 ? positionals : all;
// Ways that were measured before, under the same setting, stand beside those that are measured now.
const kept = values.keep === undefined ? [] : readOutcomes(values.keep);
let outcomes = kept.filter(({ way }) => !ways.includes(way));
for (const way of ways) {
  const outcome = await teach(way, setting, (line) => process.stderr.write(`${line}\n`));
  outcomes = [...outcomes, outcome].sort((a, b) => all.indexOf(a.way) - all.indexOf(b.way));
  // Written after each way, so that what is done is kept where the next one fails.
  writeWhole(join(values.out, "results.md"), tableOf(outcomes));
  writeWhole(join(values.out, "results.json"), `${JSON.stringify(outcomes, null, 1)}\n`);
  const { svg, png } = await drawWays(outcomes);
  writeWhole(join(values.out, "losses.svg"), svg);
  writeWhole(join(values.out, "losses.png"), png);
}
process.stdout.write(`${tableOf(outcomes)}\ndrew ${join(values.out, "losses.png")}\n`);

function readOutcomes(path: string): readonly Outcome[] {
  return JSON.parse(readFileSync(path, "utf8")) as readonly Outcome[];
}

function tableOf(rows: readonly Outcome[]): string {
  const full = rows[0];
  const head = [
    "way",
    "trained",
    "share",
    "optimizer bytes",
    "peak bytes, planned",
    "ms a step",
    "held-out loss",
    "against the first",
  ];
  const cells = rows.map((o) => {
    const loss = o.heldOut.at(-1)?.loss ?? NaN;
    const other = full?.heldOut.at(-1)?.loss ?? NaN;
    return [
      o.way,
      o.trained.toLocaleString("en-US"),
      `${((100 * o.trained) / o.base).toFixed(1)} %`,
      o.optimizerBytes.toLocaleString("en-US"),
      o.peakBytes.toLocaleString("en-US"),
      o.millisecondsPerStep.toFixed(0),
      loss.toFixed(4),
      `${loss >= other ? "+" : ""}${(100 * (loss / other - 1)).toFixed(1)} %`,
    ];
  });
  return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |\n`).join("");
}
