// Opens devices in Node: finds Vulkan drivers, loads Dawn on the chosen one, and lists what each of them offers.
import { execFile } from "node:child_process";
import { createReadStream, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AdapterDescription, type AdapterFacts, describeAdapter } from "./adapter.js";
import { type Device, type DeviceOptions, openDevice } from "./device.js";
import { RuntimeFault } from "./errors.js";
import { httpHost } from "./browser.js";
import { open, type Host, type Loadable, type LoadOptions, type Location } from "./load.js";
import type { Session } from "./session.js";

/** A graphics driver that an adapter can be had from. */
export interface Driver {
  /** Short name for `--adapter`, such as `lavapipe`, `swiftshader` or `nvidia`; `system` for the platform's own. */
  readonly name: string;
  /** The Vulkan driver manifest, or null where the platform itself chooses. */
  readonly manifest: string | null;
}

/** What came of asking one driver for an adapter. */
export type Probe =
  | { readonly driver: Driver; readonly adapter: AdapterDescription }
  | { readonly driver: Driver; readonly refusal: string };

/** How to open a device in Node. */
export interface NodeDeviceOptions extends DeviceOptions {
  /** Driver name, path of a Vulkan driver manifest, or part of an adapter's description; default: the best there is. */
  readonly adapter?: string | undefined;
}

/** Opens a device in Node; rejects with a `RuntimeFault` (exit 75) if the adapter asked for is not there. */
export async function openNodeDevice(options: NodeDeviceOptions = {}): Promise<Device> {
  const driver = await chooseDriver(options.adapter);
  return openDevice(await loadDawn(driver), { whilePending: sleepingWhile, ...options });
}

/** Opens an artifact: a folder or a `.dla` file by its path or URL, the bytes of such a file, or an artifact in memory. */
export const load = (what: Loadable, options: LoadOptions = {}): Promise<Session> =>
  open(what, options, nodeHost);

/** Files of the disk by path or `file:` URL, and those of servers by URL. Nothing outside of a folder is read for it. */
export const nodeHost: Host = {
  openDevice: () => openNodeDevice(),
  open(place) {
    const path = pathOf(place);
    if (path === undefined) return httpHost.open(place);
    const file = plainFile(path, path);
    return Promise.resolve({ size: statSync(file).size, chunks: createReadStream(file) });
  },
  folder(place) {
    const path = pathOf(place);
    if (path === undefined) return httpHost.folder(place);
    return async function* (part) {
      const file = plainFile(join(path, part), `${path}/${part}`);
      // A link may lead anywhere.
      if (!file.startsWith(realpathSync(path) + sep)) {
        throw new RuntimeFault(`\`${path}/${part}\` lies outside of its folder`, {
          code: "artifact-damaged",
          exit: 1,
        });
      }
      yield* createReadStream(file) as AsyncIterable<Uint8Array>;
    };
  },
};

/** The path of a place on the disk; undefined for one on a server. */
function pathOf(place: Location): string | undefined {
  const text = String(place);
  if (/^file:/.test(text)) return fileURLToPath(text);
  return /^https?:/.test(text) ? undefined : resolve(text);
}

/** Where a file really lies; refuses what is no file, such as a pipe that never ends. */
function plainFile(path: string, shown: string): string {
  if (existsSync(path) && statSync(path).isFile()) return realpathSync(path);
  throw new RuntimeFault(`there is no file \`${shown}\``, { code: "file", exit: 1 });
}

/** Drivers of this machine, the likely best first; software drivers last. */
export function findDrivers(): readonly Driver[] {
  if (process.platform !== "linux") return [systemDriver];
  const named = pinnedManifests();
  const found = named ?? manifestFolders().flatMap(manifestsIn);
  const drivers = [...new Set(found)].map((manifest) => ({ name: driverName(manifest), manifest }));
  return drivers.sort((a, b) => rank(a) - rank(b));
}

/** Asks each driver for an adapter, each in a process of its own, so that a crashing driver harms nothing. */
export async function probeDrivers(drivers: readonly Driver[] = findDrivers()): Promise<Probe[]> {
  return Promise.all(drivers.map(probe));
}

/** Asks one driver for an adapter, in a process of its own. */
export async function probe(driver: Driver): Promise<Probe> {
  const env =
    driver.manifest === null ? process.env : { ...process.env, VK_DRIVER_FILES: driver.manifest };
  const args = [
    "--input-type=module",
    "-e",
    probeProgram,
    dawnModule(),
    JSON.stringify(dawnOptions(driver)),
  ];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 });
    const facts = JSON.parse(stdout) as ProbeReport | null;
    if (facts === null)
      return { driver, refusal: "the driver offers no adapter that WebGPU accepts" };
    return { driver, adapter: describeAdapter({ ...facts, features: new Set(facts.features) }) };
  } catch (thrown) {
    const lines = thrown instanceof Error ? thrown.message.trim().split("\n") : [];
    return { driver, refusal: lines.at(-1) ?? "the probe failed" };
  }
}

/** Finds the driver an `--adapter` value means; without a value the first one that is no software driver, else the first. */
export async function chooseDriver(wanted: string | undefined): Promise<Driver> {
  const drivers = findDrivers();
  if (wanted === undefined) return preferredDriver(drivers);
  const named = drivers.find((driver) => driver.name === wanted);
  if (named !== undefined) return named;
  if (wanted.endsWith(".json") && existsSync(wanted)) {
    const manifest = resolve(wanted);
    return { name: driverName(manifest), manifest };
  }
  const probes = await probeDrivers(drivers);
  const described = probes.find((result) => "adapter" in result && matches(result.adapter, wanted));
  if (described !== undefined) return described.driver;
  throw new RuntimeFault(`no adapter matches \`${wanted}\``, {
    code: "unknown-adapter",
    exit: 75,
    remedy: `drivers found: ${drivers.map(({ name }) => name).join(", ") || "none"}; \`dl doctor\` describes them`,
  });
}

/** Whether some driver is not known to compute in software. */
export const hasHardwareDriver = (): boolean =>
  findDrivers().some(({ name }) => !isSoftwareName(name));

/** The driver used when none is asked for. */
function preferredDriver(drivers: readonly Driver[]): Driver {
  const [first] = drivers;
  const lone = drivers.length === 1 || (first !== undefined && isSoftwareName(first.name));
  // Several hardware drivers: Vulkan and Dawn know best which of them has a device.
  return lone && first !== undefined ? first : systemDriver;
}

const systemDriver: Driver = { name: "system", manifest: null };

/** Keeps the objects from `create()` alive for ever: the binding crashes when one is collected. */
const instances = new Map<string | null, GPU>();

async function loadDawn(driver: Driver): Promise<GPU> {
  const known = instances.get(driver.manifest);
  if (known !== undefined) return known;
  // The Vulkan loader reads this when the instance is made, so drivers can differ between instances.
  if (driver.manifest !== null) process.env["VK_DRIVER_FILES"] = driver.manifest;
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    const gpu = create([...dawnOptions(driver)]);
    instances.set(driver.manifest, gpu);
    return gpu;
  } catch (cause) {
    throw new RuntimeFault("the WebGPU library could not be loaded", {
      code: "no-webgpu",
      exit: 75,
      remedy: "run `npm ci`; prebuilt libraries exist for x64 and arm64",
      cause,
    });
  }
}

/** Dawn hides some features of NVIDIA's driver until asked. */
function dawnOptions(driver: Driver): readonly string[] {
  const exactTimes = "disable-dawn-features=timestamp_quantization";
  const candidates = driver.manifest === null ? findDrivers() : [driver];
  if (!candidates.some(({ name }) => name.includes("nvidia"))) return [exactTimes];
  const hidden = ["allow_unsafe_apis", "vulkan_enable_f16_on_nvidia", "use_vulkan_memory_model"];
  return [`enable-dawn-features=${hidden.join(",")}`, exactTimes];
}

/** What the probe process prints: an adapter's facts with its features as a list. */
type ProbeReport = Omit<AdapterFacts, "features"> & { readonly features: readonly string[] };

const probeProgram = `
const [, module, options] = process.argv;
const { create } = await import(module);
globalThis.keptAlive = create(JSON.parse(options));
const adapter = await globalThis.keptAlive.requestAdapter({ powerPreference: "high-performance" });
const copy = (from) => { const to = {}; for (const key in from) to[key] = from[key]; return to; };
const info = adapter && copy(adapter.info);
const facts = adapter && { info, features: [...adapter.features], limits: copy(adapter.limits) };
process.stdout.write(JSON.stringify(facts), () => process.exit(0));
`;

function dawnModule(): string {
  return createRequire(import.meta.url).resolve("webgpu");
}

function matches(adapter: AdapterDescription, wanted: string): boolean {
  return `${adapter.description} ${adapter.device}`.toLowerCase().includes(wanted.toLowerCase());
}

/** Manifests that the user pinned through the Vulkan loader's own variables. */
function pinnedManifests(): readonly string[] | undefined {
  const pinned = pinnedAtStart;
  return pinned?.split(":").filter((path) => path !== "");
}

/** Read once: opening a device sets the variable for this process. */
const pinnedAtStart = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"];

/** Folders where the Vulkan loader and this project keep driver manifests. */
function manifestFolders(): readonly string[] {
  const data = process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share");
  const shared = [
    "/etc",
    "/usr/local/etc",
    "/usr/share",
    "/usr/local/share",
    "/usr/local/nvidia/share",
    data,
  ];
  return [
    ...shared.map((folder) => join(folder, "vulkan", "icd.d")),
    join(packageRoot(), ".cache", "vulkan"),
  ];
}

function manifestsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => join(folder, name));
}

function driverName(manifest: string): string {
  const stem = basename(manifest)
    .replace(/\.json$/, "")
    .replace(/(_vk)?_icd.*$/, "");
  if (stem === "lvp") return "lavapipe";
  return stem === "vk_swiftshader" ? "swiftshader" : stem;
}

function isSoftwareName(name: string): boolean {
  return name === "lavapipe" || name === "swiftshader";
}

function rank({ name }: Driver): number {
  return name === "swiftshader" ? 2 : name === "lavapipe" ? 1 : 0;
}

/** The folder of this package, which also holds what its set-up fetched. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder)
    folder = dirname(folder);
  return folder;
}

const sleep = { waiting: 0, isLooping: false, since: 0 };
const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * Waits for a promise of Dawn with the CPU left to the software adapter: the binding polls in a `setImmediate` loop,
 * so this puts a short sleep into each round of the loop.
 */
async function sleepingWhile<T>(promise: Promise<T>): Promise<T> {
  sleep.waiting += 1;
  sleep.since = performance.now();
  if (!sleep.isLooping) {
    sleep.isLooping = true;
    setImmediate(nap);
  }
  try {
    return await promise;
  } finally {
    sleep.waiting -= 1;
  }
}

/** Sleeps for a twentieth of what was waited so far, in milliseconds at most 2: short work is not made slower. */
function nap(): void {
  sleep.isLooping = sleep.waiting > 0;
  if (!sleep.isLooping) return;
  Atomics.wait(cell, 0, 0, Math.min(2, (performance.now() - sleep.since) / 20));
  setImmediate(nap);
}
