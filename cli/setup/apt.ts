// Installs software Vulkan drivers on Debian and Ubuntu through apt, without touching the machine's own list of sources.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../runtime/node.js";
import { backportsStanza, findMirror, installCommands, needsBackports } from "./sources.js";
import { parseRelease, type Release, type SourceFile } from "./sources.js";

/** Something that could not be installed: the message is for the user, `remedy` holds commands that mend it. */
export class InstallError extends Error {
  override readonly name = "InstallError";
  readonly remedy: readonly string[];

  constructor(message: string, remedy: readonly string[] = []) {
    super(message);
    this.remedy = remedy;
  }
}

/** Dawn refuses the Vulkan drivers of older Mesa releases. */
const oldestMesa = 24;

const cache = join(packageRoot(), ".cache");
const parts = join(cache, "apt", "sources");
const lists = join(cache, "apt", "lists");
const vulkan = join(cache, "vulkan");

/** What apt needs to see only this project's copy of the Debian sources, and to keep its lists apart. */
const apart = [
  "Dir::Etc::SourceList=/dev/null",
  `Dir::Etc::SourceParts=${parts}`,
  `Dir::State::Lists=${lists}`,
  "APT::Sandbox::User=root",
  "DPkg::Lock::Timeout=120",
].flatMap((option) => ["-o", option]);

/** How packages can be installed here: the words to put before `apt-get`, or null where they cannot. */
export function privilege(): readonly string[] | null {
  if (process.platform !== "linux" || !quietly("apt-get", ["--version"]).ok) return null;
  if (process.getuid?.() === 0) return [];
  return quietly("sudo", ["-n", "true"]).ok ? ["sudo", "-n"] : null;
}

/** The commands a user runs by hand where this program may not. */
export function byHand(): readonly string[] {
  return installCommands(debianSources(), release());
}

/** Installs the Vulkan loader and Mesa's lavapipe; throws `InstallError` where that cannot be done. */
export function installLavapipe(say: (line: string) => void): void {
  const prefix = privilege();
  if (prefix === null) throw new InstallError("this user may not install packages here", byHand());
  updateLists();
  const { version, options } = mesaTarget();
  const why = "lavapipe, since no Vulkan driver here gives a WebGPU adapter";
  say(`installing libvulkan1 and mesa-vulkan-drivers ${version} (${why})`);
  const flags = ["-y", "--no-install-recommends", ...options];
  apt([...prefix, "apt-get"], ["install", ...flags, "libvulkan1", "mesa-vulkan-drivers"]);
}

/** Installs a package of the machine's own release; throws `InstallError` where that cannot be done. */
export function installPackage(name: string, why: string, say: (line: string) => void): void {
  const prefix = privilege();
  const remedy = ["sudo apt-get update", `sudo apt-get install ${name}`];
  if (prefix === null) throw new InstallError("this user may not install packages here", remedy);
  updateLists();
  say(`installing ${name} (${why})`);
  apt([...prefix, "apt-get"], ["install", "-y", "--no-install-recommends", name]);
}

/** Takes SwiftShader out of Debian's browser packages, where it is not there yet; needs no right to install. */
export function fetchSwiftshader(say: (line: string) => void): void {
  const installed = "/usr/lib/chromium/libvk_swiftshader.so";
  const own = join(vulkan, "libvk_swiftshader.so");
  if (existsSync(installed)) writeManifest(installed);
  else if (existsSync(own)) writeManifest(own);
  else {
    updateLists();
    say("fetching SwiftShader out of Debian's chromium-common (a second driver to test on)");
    extract("chromium-common", installed, own);
    writeManifest(own);
  }
}

/** Takes a file or folder out of a Debian package, where the machine does not have it; needs no right to install. Gives its path. */
export function fetchFromDebian(
  name: string,
  path: string,
  to: string,
  say: (line: string) => void,
): string {
  if (existsSync(path)) return path;
  if (existsSync(to)) return to;
  if (!quietly("apt-get", ["--version"]).ok || !quietly("dpkg-deb", ["--version"]).ok)
    throw new InstallError(`${name} is a package of Debian, which this machine is not`);
  updateLists();
  say(`fetching ${path} out of Debian's ${name}`);
  extract(name, path, to);
  return to;
}

/** Downloads a package and copies one file or folder out of it. */
function extract(name: string, file: string, to: string): void {
  const scratch = join(cache, "apt", "scratch");
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  apt(["apt-get"], ["download", name], scratch);
  const archive = readdirSync(scratch).find((entry) => entry.endsWith(".deb")) ?? "";
  quietly("dpkg-deb", ["-x", archive, "."], scratch);
  const found = join(scratch, file);
  if (!existsSync(found)) throw new InstallError(`the package ${name} does not hold ${file}`);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(found, to, { recursive: true });
  rmSync(scratch, { recursive: true, force: true });
}

function writeManifest(library: string): void {
  mkdirSync(vulkan, { recursive: true });
  const icd = { library_path: library, api_version: "1.3.0" };
  const manifest = { file_format_version: "1.0.0", ICD: icd };
  writeFileSync(join(vulkan, "swiftshader_icd.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

let isUpdated = false;

/** Reads the package lists of the machine's own Debian mirrors (and their backports) into the project's cache. */
function updateLists(): void {
  if (isUpdated) return;
  const [sources, { codename }] = [debianSources(), release()];
  const mirror = findMirror(sources, codename);
  if (mirror === null)
    throw new InstallError("no mirror of this release is configured in /etc/apt");
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(parts, { recursive: true });
  mkdirSync(join(lists, "partial"), { recursive: true });
  for (const { name, text } of sources) writeFileSync(join(parts, name), text);
  if (needsBackports(release()))
    writeFileSync(join(parts, "backports.sources"), backportsStanza(mirror, codename));
  apt(["apt-get"], ["update"]);
  isUpdated = true;
}

/** Chooses the Mesa release to install: the system's own where new enough, else the one from backports. */
function mesaTarget(): { readonly version: string; readonly options: readonly string[] } {
  const policy = quietly("apt-cache", [...apart, "policy", "mesa-vulkan-drivers"]).stdout;
  const own = /Candidate: (\S+)/.exec(policy)?.[1] ?? "none";
  if (major(own) >= oldestMesa) return { version: own, options: [] };
  const newer = [...policy.matchAll(/^ {5}(\S+~bpo\S*)/gm)].map((match) => match[1] ?? "");
  const version = newer.find((candidate) => major(candidate) >= oldestMesa);
  if (version !== undefined) return { version, options: ["-t", `${release().codename}-backports`] };
  const least = String(oldestMesa);
  throw new InstallError(
    `mesa-vulkan-drivers ${own} is too old for WebGPU, which needs ${least} or newer`,
  );
}

function major(version: string): number {
  return Number(/^(?:\d+:)?(\d+)/.exec(version)?.[1] ?? 0);
}

/** Source files of apt that name the release itself; other vendors' sources are left out. */
function debianSources(): readonly SourceFile[] {
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ["/etc/apt/sources.list", ...names]
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .map((path) => ({ name: path.slice(1).replaceAll("/", "_"), text: readFileSync(path, "utf8") }))
    .filter((source) => findMirror([source], release().codename) !== null);
}

function release(): Release {
  const path = "/etc/os-release";
  return parseRelease(existsSync(path) ? readFileSync(path, "utf8") : "");
}

/** Runs apt on the project's own lists; throws `InstallError` with apt's reason where it fails. */
function apt(command: readonly string[], args: readonly string[], cwd = packageRoot()): void {
  const [program = "apt-get", ...prefix] = command;
  const done = quietly(program, [...prefix, ...apart, ...args], cwd);
  if (done.ok) return;
  const errors = done.stderr.split("\n").filter((line) => line.startsWith("E:"));
  const reason = errors.join(" ") || done.stderr.trim().slice(-300);
  throw new InstallError(`apt-get ${args[0] ?? ""} failed: ${reason}`, byHand());
}

interface Finished {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function quietly(program: string, args: readonly string[], cwd = packageRoot()): Finished {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const done = spawnSync(program, args, { cwd, env, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (done.error !== undefined) return { ok: false, stdout: "", stderr: done.error.message };
  return { ok: done.status === 0, stdout: done.stdout, stderr: done.stderr };
}
