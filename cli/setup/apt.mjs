// Installs a software Vulkan driver on Debian and Ubuntu through apt, without touching the machine's own list of sources.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { quietly, root, say, SetupError } from "./steps.mjs";

/** Dawn refuses the Vulkan driver of older Mesa releases. */
const oldestMesa = 24;

const cache = join(root, ".cache");
const parts = join(cache, "apt", "sources");
const lists = join(cache, "apt", "lists");
const vulkan = join(cache, "vulkan");

/** What `apt` needs to see only this project's copy of the Debian sources, and to keep its lists apart. */
const apart = [
  ["Dir::Etc::SourceList", "/dev/null"],
  ["Dir::Etc::SourceParts", parts],
  ["Dir::State::Lists", lists],
  ["APT::Sandbox::User", "root"],
  ["DPkg::Lock::Timeout", "120"],
].flatMap(([key, value]) => ["-o", `${key}=${value}`]);

/** Says whether packages can be installed here, and with which prefix (`[]` as root, `sudo -n` otherwise); null if not. */
export function privilege() {
  if (process.platform !== "linux" || !quietly("apt-get", ["--version"]).ok) return null;
  if (process.getuid?.() === 0) return [];
  return quietly("sudo", ["-n", "true"]).ok ? ["sudo", "-n"] : null;
}

/** The commands a user runs by hand where this script may not. */
export function byHand() {
  const { ID, VERSION_CODENAME } = release();
  if (ID !== "debian" || VERSION_CODENAME !== "bookworm")
    return ["sudo apt-get install --no-install-recommends libvulkan1 mesa-vulkan-drivers"];
  const backports = backportsStanza(debianSources(), VERSION_CODENAME);
  const lines = backports
    .trim()
    .split("\n")
    .map((line) => `'${line}'`);
  return [
    `printf '%s\\n' ${lines.join(" ")} | sudo tee /etc/apt/sources.list.d/bookworm-backports.sources`,
    "sudo apt-get update",
    "sudo apt-get install --no-install-recommends -t bookworm-backports libvulkan1 mesa-vulkan-drivers",
  ];
}

/** Installs the Vulkan loader and Mesa's lavapipe; throws `SetupError` where that cannot be done. */
export function installLavapipe() {
  const prefix = privilege();
  if (prefix === null) throw new SetupError("no right to install packages here", byHand());
  updateLists();
  const target = mesaTarget();
  say(
    `installing libvulkan1 and mesa-vulkan-drivers ${target.version} (lavapipe): no Vulkan driver gave a WebGPU adapter`,
  );
  apt(
    prefix,
    "install",
    "-y",
    "--no-install-recommends",
    ...target.options,
    "libvulkan1",
    "mesa-vulkan-drivers",
  );
}

/** Takes SwiftShader, a second software driver for the tests, out of Debian's chromium-common package; returns its driver file. */
export function fetchSwiftshader() {
  const driver = swiftshaderDriver();
  if (existsSync(driver)) return driver;
  if (!existsSync("/usr/lib/chromium/libvk_swiftshader.so")) extractSwiftshader();
  else writeDriver("/usr/lib/chromium/libvk_swiftshader.so");
  return driver;
}

/** Where SwiftShader's driver file lies once fetched. */
export function swiftshaderDriver() {
  return join(vulkan, "swiftshader_icd.json");
}

function extractSwiftshader() {
  updateLists();
  say(
    "fetching Debian's chromium-common package for its SwiftShader: a second driver to test on (only one library of it is kept)",
  );
  const scratch = join(cache, "apt", "chromium");
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  apt([], "download", "chromium-common", { cwd: scratch });
  const archive = readdirSync(scratch).find((name) => name.endsWith(".deb"));
  const unpacked = quietly("dpkg-deb", ["-x", archive ?? "", "."], { cwd: scratch });
  const library = join(scratch, "usr/lib/chromium/libvk_swiftshader.so");
  if (!unpacked.ok || !existsSync(library))
    throw new SetupError("the chromium-common package holds no SwiftShader");
  mkdirSync(vulkan, { recursive: true });
  cpSync(library, join(vulkan, "libvk_swiftshader.so"));
  rmSync(scratch, { recursive: true, force: true });
  writeDriver(join(vulkan, "libvk_swiftshader.so"));
}

function writeDriver(library) {
  mkdirSync(vulkan, { recursive: true });
  const icd = {
    file_format_version: "1.0.0",
    ICD: { library_path: library, api_version: "1.3.0" },
  };
  writeFileSync(swiftshaderDriver(), `${JSON.stringify(icd, null, 2)}\n`);
}

function apt(prefix, verb, ...rest) {
  const options = typeof rest.at(-1) === "object" ? rest.pop() : {};
  const [command, ...args] = [...prefix, "apt-get", ...apart, verb, ...rest];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done = quietly(command, args, { env, ...options });
  if (done.ok) return;
  const reason = done.stderr
    .split("\n")
    .filter((line) => line.startsWith("E:"))
    .join(" ");
  throw new SetupError(
    `apt-get ${verb} failed: ${reason || done.stderr.trim().slice(-300)}`,
    byHand(),
  );
}

let updated = false;

/** Reads the package lists of the machine's own Debian mirrors (and their backports) into the project's cache. */
function updateLists() {
  if (updated) return;
  const sources = debianSources();
  rmSync(parts, { recursive: true, force: true });
  mkdirSync(parts, { recursive: true });
  mkdirSync(join(lists, "partial"), { recursive: true });
  for (const { name, text } of sources) writeFileSync(join(parts, name), text);
  const { ID, VERSION_CODENAME } = release();
  if (ID === "debian" && VERSION_CODENAME === "bookworm")
    writeFileSync(join(parts, "backports.sources"), backportsStanza(sources, VERSION_CODENAME));
  apt([], "update");
  updated = true;
}

/** Chooses the Mesa release to install: the system's own where new enough, else the one from backports. */
function mesaTarget() {
  const policy = quietly("apt-cache", [...apart, "policy", "mesa-vulkan-drivers"]).stdout;
  const own = /Candidate: (\S+)/.exec(policy)?.[1] ?? "none";
  if (major(own) >= oldestMesa) return { version: own, options: [] };
  const newer = [...policy.matchAll(/^ {5}(\S+~bpo\S*)/gm)].map((match) => match[1]);
  const best = newer.find((version) => major(version) >= oldestMesa);
  if (best === undefined)
    throw new SetupError(
      `mesa-vulkan-drivers ${own} is too old for WebGPU (${oldestMesa} or newer is needed)`,
      byHand(),
    );
  return { version: best, options: ["-t", `${release().VERSION_CODENAME}-backports`] };
}

function major(version) {
  return Number(/^(?:\d+:)?(\d+)/.exec(version)?.[1] ?? 0);
}

/** Source files of apt that speak of the distribution itself (other vendors' sources are left out). */
function debianSources() {
  const folder = "/etc/apt/sources.list.d";
  const { VERSION_CODENAME } = release();
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ["/etc/apt/sources.list", ...names]
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .map((path) => ({ name: path.replaceAll("/", "_").slice(1), text: readFileSync(path, "utf8") }))
    .filter(({ text }) => mirror([{ text }], VERSION_CODENAME) !== null);
}

/** The mirror the machine already uses for its own release: `{ uri, signedBy }`, or null. */
function mirror(sources, codename) {
  for (const { text } of sources) {
    const line = new RegExp(`^deb\\s+(?:\\[([^\\]]*)\\]\\s+)?(\\S+)\\s+${codename}\\s`, "m").exec(
      text,
    );
    if (line) return { uri: line[2], signedBy: /signed-by=(\S+)/i.exec(line[1] ?? "")?.[1] };
    for (const stanza of text.split(/\n\s*\n/)) {
      const field = (name) => new RegExp(`^${name}:[ \\t]*(.+)$`, "mi").exec(stanza)?.[1]?.trim();
      const uri = field("URIs")?.split(/\s+/)[0];
      if (uri && field("Suites")?.split(/\s+/).includes(codename))
        return { uri, signedBy: field("Signed-By") };
    }
  }
  return null;
}

function backportsStanza(sources, codename) {
  const found = mirror(sources, codename);
  if (found === null) throw new SetupError("no Debian mirror is configured in /etc/apt");
  const lines = [
    "Types: deb",
    `URIs: ${found.uri}`,
    `Suites: ${codename}-backports`,
    "Components: main",
  ];
  if (found.signedBy) lines.push(`Signed-By: ${found.signedBy}`);
  return `${lines.join("\n")}\n`;
}

function release() {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, key, value]) => [key, value]),
  );
}
