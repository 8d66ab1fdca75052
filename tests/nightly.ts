// The random suites at ten times their size: `npm run test:nightly [-- NAME]`. Prints what each took and ends with 1 where one failed.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./harness/sources.js";

/** Tests with the sizes that the environment gives them, on each of some adapters where they need one. */
interface Suite {
  readonly name: string;
  readonly tests: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly adapters: readonly string[];
}

const drivers = ["lavapipe", "swiftshader"];
const suites: readonly Suite[] = [
  {
    name: "edits",
    tests: ["tests/lsp/edits.test.ts"],
    env: { ADJOINT_EDITS: "10000" },
    adapters: [],
  },
  {
    name: "formatter",
    tests: ["tests/syntax/round-trip.test.ts"],
    env: { ADJOINT_PROGRAMS: "10000" },
    adapters: [],
  },
  {
    name: "models",
    tests: ["tests/properties/models.test.ts", "tests/properties/mutants.test.ts"],
    env: { MODELS: "100000", MUTANTS: "50000" },
    adapters: [],
  },
  {
    name: "passes",
    tests: ["tests/properties/rewrite.test.ts"],
    env: { ADJOINT_GRAPHS: "10" },
    adapters: [],
  },
  {
    name: "artifacts",
    tests: ["tests/fuzz/artifacts.test.ts"],
    env: { FUZZ: "all" },
    adapters: [],
  },
  {
    name: "kernels",
    tests: ["tests/gpu/random-graphs.test.ts", "tests/gpu/random-models.test.ts"],
    env: { ADJOINT_GRAPHS: "10", ADJOINT_KERNELS: "2000" },
    adapters: drivers,
  },
];

const [only] = process.argv.slice(2);
const chosen = suites.filter(({ name }) => only === undefined || name === only);
const failed: string[] = [];
for (const { name, tests, env, adapters } of chosen) {
  for (const adapter of adapters.length > 0 ? adapters : [undefined]) {
    const title = adapter === undefined ? name : `${name} on ${adapter}`;
    const sizes = { ...env, ...(adapter === undefined ? {} : { ADJOINT_ADAPTER: adapter }) };
    process.stdout.write(`${title}: ${JSON.stringify(sizes)}\n`);
    const started = performance.now();
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    // Tests whose size grows may take ten times as long before they count as stuck.
    const args = [vitest, "run", "--testTimeout", "3600000", ...tests];
    const { status } = spawnSync(process.execPath, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...sizes },
    });
    const minutes = ((performance.now() - started) / 60_000).toFixed(1);
    process.stdout.write(`${title}: ${status === 0 ? "passed" : "FAILED"} in ${minutes} minutes\n`);
    if (status !== 0) failed.push(title);
  }
}
if (chosen.length === 0)
  process.stdout.write(`no suite ${String(only)}: ${suites.map(({ name }) => name).join(", ")}\n`);
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(", ")}\n`);
process.exitCode = chosen.length > 0 && failed.length === 0 ? 0 : 1;
