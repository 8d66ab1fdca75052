// The suite `tfjs`: runs the specs that tfjs-core carries, and writes or verifies the page of results.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { InstallError } from "../../../cli/setup/apt.js";
import { fetchPackages } from "../../../cli/setup/packages.js";
import { findDrivers, packageRoot } from "../../../runtime/node.js";
import { finish, say, type Summary } from "../summary.js";
import { judge, type Outcome } from "./judge.js";
import { conformancePage, type Judged } from "./page.js";

const version = "4.22.0";
const packages = [`@tensorflow/tfjs-core@${version}`, "jasmine-core@3.99.1"];
const page = join(packageRoot(), "docs", "conformance-tfjs.md");
const results = join(packageRoot(), ".cache", "external", "tfjs-results");

/** Specs about tensors; the others are about the library around them. */
const concerning = /^(ops|optimizers)\/|^(gradients|tensor|variable)_test\.js$/;
const workers = 2;

const modules = findPackages();
const dist = join(modules, "@tensorflow", "tfjs-core", "dist");
const specs = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith("_test.js"))
  .sort();
const files = specs.filter((file) => concerning.test(file));
mkdirSync(results, { recursive: true });
const shares = Array.from({ length: workers }, (_, w) =>
  files.filter((_file, i) => i % workers === w),
);
const outcomes = (await Promise.all(shares.map(run))).flat();
finish(summarized(outcomes));

function summarized(all: readonly Outcome[]): Summary {
  const judged = all
    .map((outcome): Judged => ({ outcome, verdict: judge(outcome) }))
    .sort((a, b) => (place(a) < place(b) ? -1 : 1));
  const failed = judged.flatMap(({ outcome, verdict }) =>
    verdict.kind === "failed" ? [`${outcome.file}: ${outcome.name}: ${verdict.reason}`] : [],
  );
  const silent = shares
    .filter((share) => !all.some(({ file }) => share.includes(file)))
    .map(silence);
  const left = specs
    .filter((file) => !files.includes(file))
    .map((file) => file.replace(/_test\.js$/, ""));
  const stale =
    failed.length + silent.length > 0 ? [] : pageProblems(conformancePage(version, judged, left));
  const reasons = [...failed, ...silent, ...stale];
  const passed = judged.filter(({ verdict }) => verdict.kind === "passed").length;
  const onDevice = all.reduce((sum, { deviceRuns }) => sum + deviceRuns, 0);
  say(`tfjs-core's specs: ${String(passed)} pass, with ${String(onDevice)} runs on a device`);
  return { passed, failed: reasons.length, reasons };
}

/** What is said of a process that gave no result. */
function silence(share: readonly string[]): string {
  const [first = "no file"] = share;
  return `the process for ${first} and ${String(share.length - 1)} others ended without results`;
}

function place({ outcome }: Judged): string {
  return `${outcome.file} ${outcome.name}`;
}

/** Runs a share of the files in a process of its own. */
async function run(share: readonly string[], index: number): Promise<readonly Outcome[]> {
  const output = join(results, `${String(index)}.json`);
  writeFileSync(output, "[]");
  const worker = fileURLToPath(new URL("worker.ts", import.meta.url));
  const args = ["--import", "tsx", worker, modules, output, adapterName(), ...share];
  const { env } = process;
  const stdio = ["ignore", "ignore", "inherit"] as const;
  const child = spawn(process.execPath, args, { env, stdio: [...stdio], cwd: packageRoot() });
  await new Promise((resolve) => child.once("exit", resolve));
  return JSON.parse(readFileSync(output, "utf8")) as readonly Outcome[];
}

/** Thousands of small programs: SwiftShader compiles their shaders several times faster than lavapipe. */
function adapterName(): string {
  const asked = process.env["ADJOINT_ADAPTER"] ?? "";
  if (asked === "lavapipe") delete process.env["VK_DRIVER_FILES"];
  return asked === "lavapipe" && findDrivers().some(({ name }) => name === "swiftshader")
    ? "swiftshader"
    : asked;
}

function findPackages(): string {
  try {
    return fetchPackages("external/tfjs", packages, say);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    const reason = `THE SPECS OF TFJS CANNOT BE HAD: ${error.message}`;
    finish({ passed: 0, failed: 1, reasons: [reason, ...error.remedy] });
    return process.exit(1);
  }
}

/** Writes the page under UPDATE=1; else says whether it is out of date. */
function pageProblems(text: string): readonly string[] {
  if (process.env["UPDATE"] === "1") writeFileSync(page, text);
  else if (!existsSync(page) || readFileSync(page, "utf8") !== text)
    return [
      "docs/conformance-tfjs.md is not up to date: run `UPDATE=1 npm run test:external -- tfjs`",
    ];
  return [];
}
