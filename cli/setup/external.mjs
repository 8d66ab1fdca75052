// `npm run test:external`: judges Adjoint by the test suites of other projects, fetched where they are missing. Names of suites run only those.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, ensureAdapters, ensureBuild, ensurePackages, requireNode } from "./setup.mjs";
import { onScreen, root, say, SetupError } from "./steps.mjs";

// Each suite is a folder with a main.ts. It writes `{ passed, failed, reasons }` to the file that ADJOINT_SUMMARY names.
const suites = readdirSync(join(root, "tests", "external")).filter((name) =>
  existsSync(join(root, "tests", "external", name, "main.ts")),
);
const asked = process.argv.slice(2);
const total = { passed: 0, failed: 0, reasons: [] };

try {
  await everything();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  fail(error.message, error.remedy);
}
report();

async function everything() {
  requireNode();
  await ensurePackages();
  if (!(await ensureBuild())) throw new SetupError("the build failed", ["npm run build"]);
  const { found, problem } = await ensureAdapters({ forTests: true });
  // Tolerances were measured on software drivers.
  const first = found.find(({ driver }) => driver.name === "lavapipe") ?? found[0];
  if (!first) fail(`NOTHING WAS RUN ON A DEVICE: ${problem.message}`, problem.remedy);
  const manifest = first?.driver.manifest ?? null;
  const adapter = first ? { ADJOINT_ADAPTER: first.driver.name } : {};
  const pinned = manifest === null ? {} : { VK_DRIVER_FILES: manifest };
  for (const name of asked) if (!suites.includes(name)) fail(`there is no suite ${name}`);
  for (const name of suites.filter((suite) => asked.length === 0 || asked.includes(suite)))
    await suite(name, { ...adapter, ...pinned });
}

async function suite(name, env) {
  say(`the suite ${name}`);
  const summary = join(cacheFolder("external"), `${name}.json`);
  rmSync(summary, { force: true });
  const main = join(root, "tests", "external", name, "main.ts");
  const loader = ["--import", "tsx", main];
  const status = await onScreen(process.execPath, loader, { ...env, ADJOINT_SUMMARY: summary });
  if (!existsSync(summary)) return fail(`${name} ended with status ${status} and no result`);
  const { passed, failed, reasons } = JSON.parse(readFileSync(summary, "utf8"));
  total.passed += passed;
  total.failed += failed;
  total.reasons.push(...reasons.map((reason) => `${name}: ${reason}`));
  if (status !== 0 && failed === 0) fail(`${name} ended with status ${status}`);
}

function fail(reason, remedy = []) {
  total.failed += 1;
  total.reasons.push(reason, ...remedy.map((command) => `  run: ${command}`));
}

function report() {
  const { passed, failed, reasons } = total;
  if (reasons.length > 0)
    process.stdout.write(`\nFAILED:\n${reasons.map((reason) => `  ${reason}\n`).join("")}`);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
