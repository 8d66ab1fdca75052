// Brings a fresh clone to the point where it runs: packages, build, and a WebGPU adapter. Does nothing where nothing is missing.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { linkSelf, onScreen, quietly, root, say, SetupError } from "./steps.mjs";

const oldestNode = [20, 19];

/** Refuses a Node that is too old to run the project. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old; ${oldestNode.join(".")} or newer is needed`,
  );
}

/** Installs the packages of package-lock.json where they are missing or belong to another lock file. */
export async function ensurePackages() {
  const stamp = join(root, "node_modules", ".adjoint-lock");
  const lock = join(root, "package-lock.json");
  const wanted = createHash("sha256").update(readFileSync(lock)).digest("hex");
  if (readIfThere(stamp) === wanted) return;
  if (!installedByHand(lock)) {
    say("installing npm packages (npm ci)");
    const status = await onScreen(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    if (status !== 0) throw new SetupError(`npm ci failed with status ${status}`, ["npm ci"]);
  }
  writeFileSync(stamp, wanted);
}

/** Compiles the sources into dist/ where they changed; returns whether the compiler accepted them. */
export async function ensureBuild() {
  linkSelf();
  const stamp = join(root, "dist", ".stamp");
  const wanted = stateOf(sourceFolders, /\.ts$|build\.mjs$/);
  if (readIfThere(stamp) === wanted) return true;
  say("building dist/");
  // The packages may have been installed since this script began.
  const { buildDist } = await import("./build.mjs");
  const fault = await buildDist();
  if (fault === undefined) writeFileSync(stamp, wanted);
  else process.stdout.write(`${fault}\n`);
  return fault === undefined;
}

/** Builds the playground into dist/playground where what it is made of changed; returns whether that went well. */
export function ensurePlayground() {
  const stamp = join(root, "dist", ".playground-stamp");
  const wanted = stateOf(playgroundFolders, /\.(ts|dl|html|css|txt)$/);
  if (readIfThere(stamp) === wanted) return true;
  say("building dist/playground");
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const args = [vite, "build", "playground", "--logLevel", "warn"];
  const built = quietly(process.execPath, args);
  if (built.ok) writeFileSync(stamp, wanted);
  else process.stdout.write(built.stdout + built.stderr);
  return built.ok;
}

/** Finds the adapters to work on; see cli/setup/adapters.ts, which the build has compiled by now. */
export async function ensureAdapters({ forTests }) {
  const built = await import("../../dist/cli/setup/adapters.js");
  return built.ensureAdapters({ forTests, say });
}

/** Finds the browser of the tests; see cli/setup/browser.ts. */
export async function ensureBrowser() {
  const built = await import("../../dist/cli/setup/browser.js");
  return built.ensureBrowser(say);
}

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Whether someone ran `npm ci` or `npm install` after the lock file was last written. */
function installedByHand(lock) {
  const own = join(root, "node_modules", ".package-lock.json");
  return existsSync(own) && statSync(own).mtimeMs >= statSync(lock).mtimeMs;
}

/** What `tsc` compiles. */
const sourceFolders = ["grammar", "compiler", "runtime", "cli"];

/** What the playground is made of. */
const playgroundFolders = [...sourceFolders, "editors", "playground", "stdlib", "examples"];

/** A fingerprint of everything a build reads: paths, sizes and times of change. */
function stateOf(folders, isRead) {
  const configs = ["tsconfig.json", "tsconfig.build.json"].map((name) => join(root, name));
  const files = [...folders.flatMap((name) => filesBelow(join(root, name), isRead)), ...configs];
  const state = files.map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  return createHash("sha256").update(state.join("\n")).digest("hex");
}

function filesBelow(folder, isRead) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && isRead.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** A folder below .cache/, made where it is missing. */
export function cacheFolder(name) {
  const folder = join(root, ".cache", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
