// Brings a fresh clone to the point where it runs: packages, build, and a WebGPU adapter. Does nothing where nothing is missing.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fetchSwiftshader, installLavapipe, privilege } from "./apt.mjs";
import { onScreen, quietly, root, say, SetupError } from "./steps.mjs";

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
export function ensureBuild() {
  const stamp = join(root, "dist", ".stamp");
  const wanted = sourcesState();
  if (readIfThere(stamp) === wanted) return true;
  say("building dist/");
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const built = quietly(process.execPath, [tsc, "-p", "tsconfig.build.json"]);
  if (built.ok) writeFileSync(stamp, wanted);
  else process.stdout.write(built.stdout);
  return built.ok;
}

/**
 * Finds the adapters to work on, installing software ones where there is none: `[]` with a `problem` where that cannot be
 * done. For tests every working driver is returned, and SwiftShader is fetched beside lavapipe.
 */
export async function ensureAdapters({ forTests }) {
  const { chooseDriver, findDrivers, probeDrivers } = await import("../../dist/runtime/node.js");
  const working = async () => {
    const drivers = forTests ? findDrivers() : [await chooseDriver(undefined)];
    return (await probeDrivers(drivers)).filter((probe) => "adapter" in probe);
  };
  let found = await working();
  const missing = found.length === 0;
  const pinned = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (missing && process.platform === "linux" && pinned !== undefined)
    return {
      found,
      problem: new SetupError(`the pinned Vulkan driver ${pinned} gives no WebGPU adapter`),
    };
  const needsSecond = forTests && found.every(isLavapipe) && privilege() !== null;
  if (process.platform !== "linux" || (!missing && !needsSecond))
    return { found, problem: absence(found) };
  let problem;
  try {
    if (missing) installLavapipe();
    if (forTests) fetchSwiftshader();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    problem = error;
  }
  found = await working();
  return { found, problem: problem ?? absence(found) };
}

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

function isLavapipe({ driver }) {
  return driver.name === "lavapipe";
}

function absence(found) {
  return found.length > 0
    ? undefined
    : new SetupError("no Vulkan driver of this machine gives a WebGPU adapter");
}

/** Whether someone ran `npm ci` or `npm install` after the lock file was last written. */
function installedByHand(lock) {
  const own = join(root, "node_modules", ".package-lock.json");
  return existsSync(own) && statSync(own).mtimeMs >= statSync(lock).mtimeMs;
}

/** A fingerprint of everything the build reads: paths, sizes and times of change. */
function sourcesState() {
  const folders = ["grammar", "compiler", "runtime", "cli"].map((name) => join(root, name));
  const configs = ["tsconfig.json", "tsconfig.build.json"].map((name) => join(root, name));
  const files = [...folders.flatMap(filesBelow), ...configs];
  const state = files.map((file) => {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  });
  return createHash("sha256").update(state.join("\n")).digest("hex");
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
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
