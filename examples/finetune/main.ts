// Teaches names to one base in several ways with the same steps on the same text, and writes what each costs and reaches.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeWhole } from "../../cli/files.js";
import { openNodeDevice } from "../../runtime/node.js";
import { costsOf } from "./costs.js";
import { drawResults } from "./picture.js";
import { lastLoss, tablesOf, type Chosen, type Results } from "./results.js";
import { compileRun, teach, teachBase, type Run, type Setting, type Taught } from "./teach.js";
import { readNames, readShakespeare } from "./text.js";

const { values } = parseArgs({
  options: {
    adapter: { type: "string" },
    steps: { type: "string", default: "150" },
    seeds: { type: "string", default: "3" },
    rounds: { type: "string", default: "25" },
    resume: { type: "boolean", default: false },
    out: { type: "string", default: "runs/finetune" },
  },
});
const setting: Setting = {
  rows: 8,
  length: 64,
  steps: Number(values.steps),
  every: 25,
  parts: readNames(),
};
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const place = join(values.out, "results.json");
const open = () => openNodeDevice({ adapter: values.adapter });

/** Runs and rates that are tried for a way, on the choosing part alone; QLoRA takes what was chosen for LoRA. */
const ways: readonly {
  readonly way: string;
  readonly runs: readonly string[];
  readonly peaks: readonly number[];
}[] = [
  { way: "Full", runs: ["Full"], peaks: [2e-3, 5e-3, 1e-2, 2e-2] },
  { way: "LoRA", runs: ["LoraMaps", "LoraAll"], peaks: [1e-2, 2e-2] },
  { way: "DoRA", runs: ["Dora"], peaks: [1e-2, 2e-2] },
  { way: "AdaLoRA", runs: ["Adalora"], peaks: [1e-2, 2e-2] },
  { way: "QLoRA", runs: ["Qlora"], peaks: [] },
];
const trialSeed = 100;

const device = await open();
let results: Results =
  values.resume && existsSync(place)
    ? read(place)
    : {
        device: device.adapter.description,
        steps: setting.steps,
        tried: [],
        chosen: [],
        judged: [],
        costs: [],
      };
say("teaching the base Shakespeare");
const weights = await teachBase(
  device,
  readShakespeare(),
  { run: "Full", peak: 1e-2 },
  setting,
  200,
);

for (const { way, runs, peaks } of ways)
  for (const run of runs)
    for (const peak of peaks) {
      if (results.tried.some((t) => t.run === run && t.peak === peak)) continue;
      const taught = await lesson({ run, peak }, trialSeed, false);
      keep({ ...results, tried: [...results.tried, { way, ...taught }] });
    }
keep({ ...results, chosen: choices(results.tried) });
for (const { run, peak } of results.chosen)
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    if (results.judged.some((t) => t.run === run && t.peak === peak && t.seed === seed)) continue;
    keep({ ...results, judged: [...results.judged, await lesson({ run, peak }, seed, true)] });
  }
device.close();
keep({
  ...results,
  costs: await costsOf(results.chosen, setting, weights, open, Number(values.rounds)),
});
const { svg, png } = await drawResults(results);
writeWhole(join(values.out, "losses.svg"), svg);
writeWhole(join(values.out, "losses.png"), png);
process.stdout.write(`${tablesOf(results)}\ndrew ${join(values.out, "losses.png")}\n`);
process.exit(0);

async function lesson(run: Run, seed: number, isJudged: boolean): Promise<Taught> {
  const compiled = compileRun(run, setting.steps);
  const taught = await teach(device, compiled, run, { seed, weights, isJudged }, setting);
  const judged = taught.judging === undefined ? "" : `, judging ${taught.judging.toFixed(4)}`;
  say(
    `${run.run} ${run.peak.toExponential()} seed ${String(seed)}: choosing ${lastLoss(taught).toFixed(4)}${judged}`,
  );
  return taught;
}

/** Of each way what was best on the choosing part. */
function choices(tried: Results["tried"]): readonly Chosen[] {
  const found: Chosen[] = [];
  for (const { way, runs } of ways) {
    const [best] = tried.filter((t) => t.way === way).sort((a, b) => lastLoss(a) - lastLoss(b));
    const peak = best?.peak ?? found.find((c) => c.way === "LoRA")?.peak ?? NaN;
    found.push({ way, run: best?.run ?? runs[0] ?? "", peak });
  }
  return found;
}

/** Written after each run, so that what is done is kept where the next one fails. */
function keep(next: Results): void {
  results = next;
  writeWhole(place, `${JSON.stringify(results, null, 1)}\n`);
  writeWhole(join(values.out, "results.md"), tablesOf(results));
}

function read(path: string): Results {
  return JSON.parse(readFileSync(path, "utf8")) as Results;
}
