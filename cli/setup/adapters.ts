// Finds the WebGPU adapters to work on, installing software ones where a machine has none.
import { chooseDriver, findDrivers, type Probe, probeDrivers } from "../../runtime/node.js";
import { byHand, fetchSwiftshader, InstallError, installLavapipe } from "./apt.js";

/** A driver that gives an adapter. */
export type WorkingDriver = Extract<Probe, { readonly adapter: unknown }>;

/** What is there to work on, and what stands in the way of more. */
export interface Adapters {
  readonly found: readonly WorkingDriver[];
  readonly problem?: { readonly message: string; readonly remedy: readonly string[] } | undefined;
}

/** How to look for adapters. */
export interface AdapterSearch {
  /** Tests run on every driver that works, and on SwiftShader beside lavapipe. */
  readonly forTests: boolean;
  /** Told in one line what is installed and why. */
  readonly say: (line: string) => void;
}

/** Finds adapters; installs nothing outside Linux, nor where a driver of the machine already gives an adapter. */
export async function ensureAdapters({ forTests, say }: AdapterSearch): Promise<Adapters> {
  const before = await workingDrivers(forTests);
  const isAlone = forTests && before.every(({ driver }) => driver.name === "lavapipe");
  const mayInstall = process.platform === "linux" && (pinned === undefined || before.length > 0);
  if (!mayInstall || (before.length > 0 && !isAlone)) return judged(before);
  try {
    if (before.length === 0) installLavapipe(say);
    if (forTests) fetchSwiftshader(say);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    return { found: await workingDrivers(forTests), problem: error };
  }
  return judged(await workingDrivers(forTests));
}

/** What is missing on this machine for WebGPU, with the commands that mend it; for `dl doctor`. */
export function missingAdapter(): NonNullable<Adapters["problem"]> {
  if (pinned !== undefined && process.platform === "linux") return pinnedProblem(pinned);
  return process.platform === "linux" ? { ...absence, remedy: byHand() } : absence;
}

const pinned = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"];

const absence = { message: "no driver of this machine gives a WebGPU adapter", remedy: [] };

function pinnedProblem(driver: string): NonNullable<Adapters["problem"]> {
  const message = `the Vulkan driver named by the environment gives no WebGPU adapter: ${driver}`;
  return { message, remedy: ["unset VK_DRIVER_FILES VK_ICD_FILENAMES"] };
}

function judged(found: readonly WorkingDriver[]): Adapters {
  if (found.length > 0) return { found };
  const isPinned = pinned !== undefined && process.platform === "linux";
  return { found, problem: isPinned ? pinnedProblem(pinned) : absence };
}

async function workingDrivers(all: boolean): Promise<readonly WorkingDriver[]> {
  const drivers = all ? findDrivers() : [await chooseDriver(undefined)];
  const probes = await probeDrivers(drivers);
  return probes.filter((probe): probe is WorkingDriver => "adapter" in probe);
}
