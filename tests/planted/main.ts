// Plants one bug after the other and tells which tests find it: `npm run test:planted [-- --only NAME|STAGE]`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "../harness/sources.js";
import type { Stage } from "./bug.js";
import { stages } from "./stages.js";

/** Share of the bugs that must be found. */
const wanted = 0.95;

/** The parts of Vitest's report that are read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const folder = mkdtempSync(join(tmpdir(), "planted-"));
const only = process.argv.includes("--only")
  ? process.argv[process.argv.indexOf("--only") + 1]
  : undefined;
let [found, total] = [0, 0];
const survivors: string[] = [];

for (const stage of stages) {
  const bugs = stage.bugs.filter(({ name }) => [undefined, name, stage.name].includes(only));
  if (bugs.length === 0) continue;
  const unharmed = finderOf(stage, "");
  if (unharmed !== undefined) {
    process.stdout.write(`without a bug the tests of ${stage.name} fail: ${unharmed}\n`);
    process.exitCode = 1;
    continue;
  }
  for (const { name, breaks } of bugs) {
    total += 1;
    const finder = finderOf(stage, name);
    if (finder === undefined) survivors.push(name);
    else found += 1;
    const verdict = finder === undefined ? `NOT FOUND  ${breaks}` : `found by ${finder}`;
    process.stdout.write(`${stage.name} / ${name}: ${verdict}\n`);
  }
}
rmSync(folder, { recursive: true });
if (survivors.length > 0) process.stdout.write(`not found: ${survivors.join(", ")}\n`);
process.stdout.write(`${String(found)} of ${String(total)} found\n`);
if (total === 0 || found < wanted * total) process.exitCode = 1;

/** The first test that fails with a bug planted; undefined where all pass. */
function finderOf({ tests, needsAdapter }: Stage, bug: string): string | undefined {
  const output = join(folder, `${bug || "unharmed"}.json`);
  const config = join(root, "tests", "planted", "vitest.config.ts");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporting = ["--reporter=json", `--outputFile.json=${output}`];
  const adapter = needsAdapter
    ? { ADJOINT_ADAPTER: process.env["ADJOINT_ADAPTER"] ?? "lavapipe" }
    : {};
  const args = [vitest, "run", "--config", config, "--bail", "1", ...reporting, ...tests];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...adapter, PLANTED: bug },
  });
  if (status === 0) return undefined;
  const { testResults } = reportIn(output, stderr);
  for (const file of testResults) {
    const test = file.assertionResults.find((t) => t.status === "failed");
    if (test) return `${relative(root, file.name)}: ${test.fullName}`;
  }
  const broken = testResults.find((file) => file.status === "failed");
  return broken ? `${relative(root, broken.name)}, which could not run` : "a process that ended";
}

/** What Vitest wrote; throws with its words where it wrote nothing, since then no test has found anything. */
function reportIn(path: string, words: string): Report {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Report;
  } catch {
    throw new Error(`Vitest ended without a report:\n${words}`);
  }
}
