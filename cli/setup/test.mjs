// `npm test`: sets up what is missing, then runs every check and every test, on every adapter. `--fast`: no adapter needed.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cacheFolder,
  ensureAdapters,
  ensureBrowser,
  ensureBuild,
  ensurePackages,
  ensurePlayground,
  requireNode,
} from "./setup.mjs";
import { onScreen, root, say, SetupError } from "./steps.mjs";

/** Where `.dl` files lie. */
const dlFolders = ["stdlib", "examples", "playground/examples"];

/** Checks before the tests: name, script, arguments. */
const checks = [
  ["format", "node_modules/prettier/bin/prettier.cjs", ["--check", "--log-level", "warn", "."]],
  ["lint", "node_modules/eslint/bin/eslint.js", ["--max-warnings", "0", "."]],
  ["types", "node_modules/typescript/bin/tsc", ["--noEmit", "-p", "."]],
  ["types of the playground", "node_modules/typescript/bin/tsc", ["--noEmit", "-p", "playground"]],
  ["format of .dl files", "dist/cli/main.js", ["fmt", "--check", ...dlFolders]],
  ["check of .dl files", "dist/cli/main.js", ["check", ...dlFolders]],
];

const fast = process.argv.includes("--fast");
const folder = cacheFolder("tests");
const summary = join(folder, "summary.txt");
const total = { passed: 0, failed: 0, reasons: [] };

rmSync(summary, { force: true });
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
  if (!(await ensureBuild())) fail("the build failed");
  for (const [name, script, args] of checks) await check(name, script, args);
  const onDevice = testsThatUse("harness/gpu.js");
  const inBrowser = testsThatUse("harness/browser.js");
  const others = [...onDevice, ...inBrowser].flatMap((file) => ["--exclude", file]);
  await tests("null", others, fast ? { MODELS: "1000", MUTANTS: "500" } : {});
  if (fast) return;
  const { found, problem } = await ensureAdapters({ forTests: true });
  for (const { driver, adapter } of found) {
    say(`GPU tests on ${driver.name}: ${adapter.description}`);
    const pinned = driver.manifest === null ? {} : { VK_DRIVER_FILES: driver.manifest };
    await tests(`gpu-${driver.name}`, onDevice, { ADJOINT_ADAPTER: driver.name, ...pinned });
  }
  if (found.length === 0)
    fail(`NO TEST THAT NEEDS AN ADAPTER WAS RUN: ${problem.message}`, problem.remedy);
  else if (problem !== undefined) say(`fewer adapters than wanted: ${problem.message}`);
  await browserTests(inBrowser);
}

/** The tests in a real browser, which brings a software adapter of its own. */
async function browserTests(files) {
  const browser = await ensureBrowser();
  if ("problem" in browser) {
    fail(`NO TEST IN A BROWSER WAS RUN: ${browser.problem.message}`, browser.problem.remedy);
    return;
  }
  if (!ensurePlayground()) fail("the build of the playground failed");
  say(`tests in a browser: ${browser.path}`);
  await tests("browser", files, { ADJOINT_CHROMIUM: browser.path, ADJOINT_ADAPTER: "swiftshader" });
}

/**
 * Test files that import a part of the harness: those that ask it for a device run once on each adapter, those that ask
 * it for a browser run in one.
 */
function testsThatUse(part) {
  const names = readdirSync(join(root, "tests"), { recursive: true });
  const files = names
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("tests", name));
  return files.filter((file) => readFileSync(join(root, file), "utf8").includes(part));
}

async function check(name, script, args) {
  const status = await onScreen(process.execPath, [join(root, script), ...args]);
  process.stdout.write(`${name}: ${status === 0 ? "ok" : "FAILED"}\n`);
  if (status === 0) total.passed += 1;
  else fail(`${name} failed`);
}

/** Runs one group of tests in its own Vitest and adds its counts. */
async function tests(name, filters, env) {
  const output = join(folder, `${name}.json`);
  rmSync(output, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const status = await onScreen(process.execPath, [vitest, "run", ...reporters, ...filters], env);
  if (!existsSync(output)) return fail(`${name} tests ended with status ${status} and no result`);
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(output, "utf8"));
  total.passed += numPassedTests;
  total.failed += numFailedTests;
  if (numFailedTests > 0) total.reasons.push(`${name} tests: ${numFailedTests} failed`);
  const broken = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(isFailed),
  );
  for (const file of broken)
    fail(`${name} tests: ${file.name.slice(root.length + 1)} could not run`);
  if (status !== 0 && numFailedTests === 0 && broken.length === 0)
    fail(`${name} tests ended with status ${status}`);
}

function isFailed(result) {
  return result.status === "failed";
}

function fail(reason, remedy = []) {
  total.failed += 1;
  total.reasons.push(reason, ...remedy.map((command) => `  run: ${command}`));
}

function report() {
  const { passed, failed, reasons } = total;
  if (reasons.length > 0)
    process.stdout.write(`\nFAILED:\n${reasons.map((reason) => `  ${reason}\n`).join("")}`);
  const line = `${passed} passed, ${failed} failed`;
  writeFileSync(summary, `${line}\n`);
  process.stdout.write(`\n${line}\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
