// Lays temporary tensors out in arenas: a deterministic first fit over lifetimes, so that peak bytes are known before allocation.
import { alignment, bytesOf, type ProgramPlan, type TensorPlan } from "./format.js";
import { evaluate } from "./formula.js";

/** Rounds bytes up to the alignment. */
export const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** Bytes of a tensor for given values of the symbols; none takes nothing. */
export const tensorBytes = (
  { dtype, elements }: Pick<TensorPlan, "dtype" | "elements">,
  symbols: readonly number[],
): number => Math.max(4, bytesOf(dtype, evaluate(elements, symbols)));

/** Bytes from an offset. */
export interface Slot {
  readonly offset: number;
  readonly bytes: number;
}

/** Where each temporary tensor lies in its arena, and how large the arenas are. */
export interface Layout {
  /** By number of the tensor; undefined for tensors that are not temporary. */
  readonly slots: readonly (Slot | undefined)[];
  readonly arenaBytes: readonly number[];
}

interface Lifetime {
  readonly tensor: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

/** The layout for given values of the symbols. */
export function layOut(plan: ProgramPlan, symbols: readonly number[]): Layout {
  const slots = Array<Slot | undefined>(plan.tensors.length).fill(undefined);
  const arenaBytes: number[] = [];
  for (let arena = 0; arena < plan.arenas; arena++) {
    const lifetimes = plan.tensors.flatMap((plan, tensor): Lifetime[] => {
      const { place } = plan;
      if (place.kind !== "temporary" || place.arena !== arena) return [];
      const { from, to } = place;
      return [{ tensor, from, to, bytes: aligned(tensorBytes(plan, symbols)) }];
    });
    arenaBytes.push(fit(lifetimes, slots));
  }
  return { slots, arenaBytes };
}

/** Places large tensors first, each at the lowest offset that is free for its whole life; returns the bytes used. */
function fit(lifetimes: readonly Lifetime[], slots: (Slot | undefined)[]): number {
  const order = [...lifetimes].sort(
    (a, b) => b.bytes - a.bytes || a.from - b.from || a.tensor - b.tensor,
  );
  const placed: (Lifetime & Slot)[] = [];
  let total = 0;
  for (const life of order) {
    const inTheWay = placed
      .filter((p) => p.from <= life.to && life.from <= p.to)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of inTheWay) {
      if (other.offset >= offset + life.bytes) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    placed.push({ ...life, offset });
    slots[life.tensor] = { offset, bytes: life.bytes };
    total = Math.max(total, offset + life.bytes);
  }
  return total;
}

/** Every buffer has at least this many bytes. */
export const smallestBuffer = 256;

/** Bytes of the buffer of inputs, and where each input lies. */
export function layOutInputs(
  plan: ProgramPlan,
  symbols: readonly number[],
): { at: Map<string, number>; bytes: number } {
  const at = new Map<string, number>();
  let bytes = 0;
  for (const tensor of plan.tensors) {
    const { place } = tensor;
    if (place.kind !== "input" || at.has(place.name)) continue;
    at.set(place.name, bytes);
    bytes += aligned(tensorBytes(tensor, symbols));
  }
  return { at, bytes };
}

/** Bytes that one copy of the words of a program takes, with what a dispatch passes. */
export function wordBytes({ words, dispatches }: ProgramPlan): number {
  const passed = Math.max(0, ...dispatches.map((d) => d.passed?.length ?? 0));
  return aligned(Math.max(16, Math.ceil((words.length + passed) / 4) * 16));
}
