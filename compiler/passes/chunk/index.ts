// Chunks: what would be too large as a whole is computed for some rows at a time, from what it is made of to what is made of it.
import type { Value } from "../../ir/op.js";
import type { Program } from "../../ir/program.js";
import { upstream } from "../../ir/topology.js";
import { evaluate, numel, type Dim, type Sym } from "../../types/dim.js";
import { dtypes } from "../../types/dtype.js";
import { optimize } from "../index.js";
import { inChunks } from "./emit.js";
import { isFree, regionAround, type Region, type Surroundings } from "./region.js";
import { runsOf, sizesOf, type Run } from "./track.js";

/** What is too large, and what a chunk may take. */
export interface ChunkOptions {
  /** Most bytes of a value that may be whole. */
  readonly most: number;
  /** Bytes that the largest value of a chunk should about take. */
  readonly target: number;
  /** The number that a free dim is; undefined where nobody knows yet. */
  readonly sizeOf: (sym: Sym) => number | undefined;
}

/** A region that was put into a loop. */
export interface Chunked {
  /** The value that is not whole any more. */
  readonly value: Value;
  readonly bytes: Dim;
  /** Number of rows, and how many of them are a chunk. */
  readonly rows: Dim;
  readonly chunk: number;
  /** Bytes of the value for one chunk. */
  readonly chunkBytes: number;
  /** How many values are computed in the loop. */
  readonly members: number;
}

/** Rows that free sizes without a number are taken to be, all of them together. */
const nominalRows = 1024;
const wordBytes = 4;

/** Splits what is too large into chunks, one region after the other, as long as something can be split. */
export function chunkLarge(
  program: Program,
  options: ChunkOptions,
): { readonly program: Program; readonly chunked: readonly Chunked[] } {
  const chunked: Chunked[] = [];
  let current = program;
  for (let found = findRegion(current, options); found; found = findRegion(current, options)) {
    chunked.push(found.chunked);
    current = optimize(inChunks(current, found.region, found.chunked.chunk));
  }
  return { program: current, chunked };
}

/** Bytes of a value: as its sizes say, and where some are unknown, for a nominal number of rows. */
export function bytesOf({ type }: Value, sizeOf: ChunkOptions["sizeOf"]): number {
  const each = dtypes[type.dtype].bytes;
  const known = evaluate(numel(type.shape), sizeOf);
  if (known !== undefined) return known * each;
  const sizes = type.shape.map((d) => evaluate(d, sizeOf));
  return sizes.reduce<number>((product, size) => product * (size ?? 1), nominalRows * each);
}

interface Found {
  readonly region: Region;
  readonly chunked: Chunked;
}

function findRegion(program: Program, options: ChunkOptions): Found | undefined {
  const live = upstream(program.outputs.map((o) => o.value));
  const isLarge = (v: Value): boolean => bytesOf(v, options.sizeOf) > options.most;
  const anchors = live.filter((v) => isComputed(v) && isLarge(v));
  if (anchors.length === 0) return undefined;
  const usersOf = new Map<Value, Value[]>();
  for (const value of live) {
    for (const operand of new Set(value.operands)) {
      const users = usersOf.get(operand);
      if (users) users.push(value);
      else usersOf.set(operand, [value]);
    }
  }
  const outputs = new Set(program.outputs.map((o) => o.value));
  const around = { live, usersOf, outputs, isLarge };
  for (const anchor of anchors) {
    for (const run of runsOf(anchor)) {
      const found = regionOf(anchor, run, around, options);
      if (found) return found;
    }
  }
  return undefined;
}

const isComputed = (v: Value): boolean =>
  !isFree(v) && v.op.lower.kind !== "leaf" && v.op.lower.kind !== "scan";

function regionOf(
  anchor: Value,
  run: Run,
  around: Surroundings,
  options: ChunkOptions,
): Found | undefined {
  const rows = numel(sizesOf(anchor, run));
  const count = evaluate(rows, options.sizeOf) ?? nominalRows;
  // Cheap to know before looking any further: whether one row fits.
  if (count < 2 || bytesOf(anchor, options.sizeOf) / count > options.most) return undefined;
  const region = regionAround(anchor, run, around);
  if (!region) return undefined;
  const sizes = (values: Iterable<Value>): number =>
    Math.max(wordBytes, ...[...values].map((v) => bytesOf(v, options.sizeOf)));
  const largest = sizes(region.rows.keys());
  const outside = sizes([...region.inputs.keys()].filter((v) => !isFree(v)));
  const chunk = chunkRows({ count, rowBytes: largest / count, ratio: largest / outside }, options);
  if (chunk === undefined || chunk >= count) return undefined;
  const chunked = {
    value: anchor,
    bytes: numel(anchor.type.shape),
    rows,
    chunk,
    chunkBytes: (bytesOf(anchor, options.sizeOf) / count) * chunk,
    members: region.rows.size + region.sums.size,
  };
  return { region, chunked };
}

/**
 * Rows of a chunk, a power of two: what the target holds, or more where the inputs of the region are larger than that. A chunk
 * that takes what the inputs take costs no memory in order (P. Hsu et al., "Liger Kernel", 2024).
 */
function chunkRows(
  region: { readonly count: number; readonly rowBytes: number; readonly ratio: number },
  { most, target }: ChunkOptions,
): number | undefined {
  const { count, rowBytes, ratio } = region;
  const likeInputs = 2 ** Math.ceil(Math.log2(Math.max(1, count / Math.ceil(ratio))));
  const within = (bytes: number): number => 2 ** Math.floor(Math.log2(bytes / rowBytes));
  const chunk = Math.min(Math.max(likeInputs, within(target)), within(most));
  return chunk >= 1 ? chunk : undefined;
}
export { isFree } from "./region.js";
