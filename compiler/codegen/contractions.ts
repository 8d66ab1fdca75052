// Schedules of contractions: what may be chosen for one, and what is chosen where nothing was measured.
import type { Target } from "../../runtime/format.js";
import { constantOf, type Dim } from "../types/dim.js";
import type { BoundLaunch, KernelContext } from "./builder.js";
import { contractRegisters, type RegisterSchedule } from "./templates/contract-registers.js";
import { ContractSpace, type ContractKernelSpec } from "./templates/contract-space.js";
import { partsOf, sumParts } from "./templates/contract-split.js";
import {
  contractTiled,
  invocationsOf,
  sharedBytesOf,
  type TiledSchedule,
} from "./templates/contract-tiled.js";

/** How a contraction is computed: a template with its numbers, and in how many parts each sum. */
export type ContractSchedule = (RegisterSchedule | TiledSchedule) & { readonly parts: number };

/** What a schedule is chosen by; sizes that are not known are endless. */
export interface ContractSizes {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether neighbours in memory are neighbours along k. */
  readonly leftAlongK: boolean;
  readonly rightAlongK: boolean;
}

/** The sizes of a contraction. */
export function sizesOf(spec: ContractKernelSpec): ContractSizes {
  const space = new ContractSpace(spec.result);
  const known = (d: Dim): number => constantOf(d) ?? Infinity;
  return {
    batch: known(space.batch),
    m: known(space.m),
    n: known(space.n),
    k: known(space.k),
    leftAlongK: space.runsAlongK("left"),
    rightAlongK: space.runsAlongK("right"),
  };
}

/** The launches of a contraction under a schedule. */
export function contractLaunches(
  context: KernelContext,
  spec: ContractKernelSpec,
  schedule: ContractSchedule,
): BoundLaunch[] {
  const parts = partsOf(spec, schedule.parts);
  const first =
    schedule.kind === "tiled"
      ? contractTiled(context, spec, schedule, parts)
      : contractRegisters(context, spec, schedule, parts);
  if (!parts) return [first];
  return [first, sumParts(context, spec, parts, schedule.kind === "tiled" ? 256 : 64)];
}

/** What is chosen for a contraction on a target. */
export function contractSchedule(sizes: ContractSizes, target: Target): ContractSchedule {
  const chosen = target.adapterClass === "software" ? onCpu(sizes, target) : onGpu(sizes, target);
  return { ...chosen, parts: splitOf(sizes, chosen, target) };
}

/** One result for each invocation. */
const single = { kind: "registers", rows: 1, columns: 1, depth: 1, isShared: false } as const;

/** Multiply-adds from which a larger tile is worth the longer time that a software driver takes to compile it. */
const largeWork = 2 ** 24;

/** Products up to which a tile saves nothing: with all sizes known, drivers unroll its loops for seconds. */
const smallWork = 32768;

/** Register tiles; lanes of a subgroup hand each other rows where there are enough rows. */
function onCpu(sizes: ContractSizes, { subgroups }: Target): RegisterSchedule {
  const { batch, m, n, k } = sizes;
  const { least = 0, most = 0 } = subgroups ?? {};
  if (batch * m * n * k <= smallWork) return { ...single, lanes: 8 };
  // Several steps along k at once pay where they are neighbours in memory, which makes them one load.
  const steps = k % 4 === 0 ? 4 : 1;
  const isShared = least === most && least >= 4 && m > least / 2;
  if (isShared) {
    const rows = Math.max(least, fit(m, batch * m * n * k < largeWork ? 8 : 16));
    const columns = Math.max(1, fit(n, 4 * least) / least);
    const depth = isStepwise(sizes, least) ? 1 : steps;
    return { kind: "registers", rows, columns, lanes: least, depth, isShared };
  }
  const columns = Math.max(1, fit(n, 64) / 8);
  // Few rows leave room for several steps.
  const depth = m <= 2 ? steps : 1;
  return { kind: "registers", rows: fit(m, 8), columns, lanes: 8, depth, isShared };
}

/** Whether one step along k at a time is faster: vectors of eight load neighbouring columns as well one by one, with less code. */
const isStepwise = ({ rightAlongK }: ContractSizes, lanes: number): boolean =>
  lanes >= 8 && !rightAlongK;

/** Sides of the tiles of a workgroup, the largest first: so much is shared, so few results does each invocation hold. */
const tiles = [
  { rows: 128, columns: 128, depth: 8, ownRows: 8, ownColumns: 8 },
  { rows: 64, columns: 64, depth: 16, ownRows: 4, ownColumns: 4 },
  { rows: 32, columns: 32, depth: 16, ownRows: 2, ownColumns: 4 },
] as const;

/** Workgroups below which a large tile leaves a discrete adapter idle: two for each of 80 multiprocessors. */
const busyGroups = 160;

function onGpu(sizes: ContractSizes, target: Target): RegisterSchedule | TiledSchedule {
  const { batch, m, n, k } = sizes;
  if (batch * m * n * k <= smallWork) return { ...single, lanes: 64 };
  if (Math.min(m, n) < 32) {
    const columns = Math.max(1, fit(n, 256) / 64);
    const rows = fit(m, 8);
    return { kind: "registers", rows, columns, lanes: 64, depth: 1, isShared: false };
  }
  const usable = tiles
    .map((tile): TiledSchedule => ({ kind: "tiled", ...tile }))
    .filter(
      (tile) =>
        sharedBytesOf(tile) <= target.workgroupBytes && invocationsOf(tile) <= target.invocations,
    );
  const isBusy = (t: TiledSchedule): boolean =>
    batch * Math.ceil(m / t.rows) * Math.ceil(n / t.columns) >= busyGroups;
  // Integrated adapters have fewer registers for an invocation.
  const first = target.adapterClass === "integrated" ? 1 : 0;
  const chosen = usable.slice(first).find(isBusy) ?? usable.at(-1);
  if (!chosen) throw new Error("the smallest tile fits the limits of every WebGPU device");
  return chosen;
}

/** Parts of each sum: as many as bring the workgroups to a number that keeps the adapter busy, while each part stays long. */
function splitOf(
  { batch, m, n, k }: ContractSizes,
  schedule: RegisterSchedule | TiledSchedule,
  { adapterClass }: Target,
): number {
  const width = schedule.kind === "tiled" ? 1 : schedule.lanes;
  const groups = batch * Math.ceil(m / schedule.rows) * Math.ceil(n / (schedule.columns * width));
  const [wanted, shortest] = adapterClass === "software" ? [2, 4096] : [busyGroups, 256];
  if (!Number.isFinite(groups) || !Number.isFinite(k) || groups >= wanted) return 1;
  let parts = 1;
  while (groups * parts < wanted && k / (parts * 2) >= shortest && parts < 64) parts *= 2;
  return parts;
}

/** The largest power of two up to `most` of which no more than half would be idle. */
function fit(size: number, most: number): number {
  let tile = most;
  while (tile > 1 && tile / 2 >= size) tile /= 2;
  return tile;
}
