// Writing token by token: which entry of a model does it, how much it can see, and how a token is chosen.
import { RuntimeFault } from "./errors.js";
import type { Artifact, EntryPlan } from "./format.js";
import { guardsHold, sizesOf, type InputValue } from "./inputs.js";
import { randomUnit } from "./random.js";

/** How tokens are drawn from logits. */
export interface Sampling {
  /** 0, the default, always takes the likeliest token; above 1 the choice is freer. */
  readonly temperature?: number;
  /** Only so many of the likeliest tokens. */
  readonly topK?: number;
  /** Only the likeliest tokens that together have this probability (Holtzman et al. 2020). */
  readonly topP?: number;
}

/** How to write. */
export interface GenerateOptions extends Sampling {
  /** Token ids to go on from; at least one. */
  readonly prompt: readonly number[];
  /** Most tokens to write. */
  readonly count: number;
  /** Token ids, or rows of them, that end the writing; they are given back too. */
  readonly stop?: readonly (number | readonly number[])[];
  /** The same seed writes the same; 0 where left out. */
  readonly seed?: number;
  /** The entry that gives logits; the one that keeps keys and values where the model has one. */
  readonly entry?: string;
  readonly signal?: AbortSignal;
}

/** An entry that gives logits for token ids. */
export interface Writer {
  readonly entry: EntryPlan;
  readonly ids: string;
  /** The input that says how many tokens came before; undefined for entries that keep nothing. */
  readonly position: string | undefined;
  /** Most tokens that it sees. */
  readonly window: number;
}

/** Longest window that is looked for. */
const longest = 2 ** 20;

/** Finds the entry that writes; throws a `RuntimeFault` where there is none. */
export function writerOf({ name, entries }: Artifact, wanted?: string): Writer {
  const writers = entries
    .filter((entry) => wanted === undefined || entry.name === wanted)
    .flatMap((entry) => writerFrom(entry) ?? []);
  const found = writers.find(({ position }) => position !== undefined) ?? writers[0];
  if (found) return found;
  const which = wanted === undefined ? "no entry" : `no entry \`${wanted}\``;
  throw new RuntimeFault(
    `\`${name}\` has ${which} that writes: from \`i32[B, T]\`, with a position \`i32[]\` where it keeps what came before, to logits`,
    { code: "unknown-entry", exit: 1 },
  );
}

function writerFrom(entry: EntryPlan): Writer | undefined {
  const own = entry.inputs.filter(({ name }) => !implicit.includes(name));
  const ids = own.find(({ dtype, shape }) => dtype === "i32" && shape.length === 2);
  const others = own.filter((input) => input !== ids);
  const [position] = others;
  const isCounted = position?.dtype === "i32" && position.shape.length === 0;
  const keeps = entry.program.copies.length > 0;
  if (!ids || others.length > 1 || (position && !(isCounted && keeps))) return undefined;
  const fits = (count: number): boolean => {
    const shapes = entry.inputs.map((i) => (i === ids ? [1, count] : []));
    const sizes = sizesOf(entry, shapes);
    return sizes.every(Number.isInteger) && guardsHold(entry, sizes);
  };
  return { entry, ids: ids.name, position: position?.name, window: largest(fits) };
}

/** The largest number for which something holds that holds for all below it. */
function largest(holds: (n: number) => boolean): number {
  let [low, high] = [0, longest];
  if (holds(high)) return Infinity;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

const implicit = ["seed", "step"];

/** Gives the logits of the last position for inputs of an entry. */
export type Logits = (
  entry: string,
  inputs: Readonly<Record<string, InputValue>>,
) => Promise<ArrayLike<number>>;

/**
 * Writes token ids after a prompt, each as soon as it is chosen. An entry that keeps what came before is given only what is new, and
 * the writing ends where it is full; any other is given the last tokens that it can see. `wroteLast` is asked before each call whether
 * what the model keeps is still of this writing; where it is not, all that came before is given again.
 */
export async function* write(
  artifact: Artifact,
  logits: Logits,
  options: GenerateOptions,
  wroteLast: () => boolean = () => true,
): AsyncGenerator<number, void, void> {
  const { prompt, count, seed = 0, stop = [], signal } = options;
  const { entry, ids: name, position, window } = writerOf(artifact, options.entry);
  if (prompt.length === 0)
    throw new RuntimeFault("there is no prompt to go on from", { code: "no-prompt", exit: 1 });
  const own = new Set(entry.inputs.map((i) => i.name));
  const scalars = Object.fromEntries(
    implicit.filter((n) => own.has(n)).map((n) => [n, n === "seed" ? seed : 0]),
  );
  const ids = [...prompt];
  let seen = 0;
  /** Inputs of the next call. */
  const next = (): Readonly<Record<string, InputValue>> => {
    if (position === undefined || !wroteLast()) seen = 0;
    const fresh = ids.slice(position === undefined ? -window : seen);
    const place = position === undefined ? {} : { [position]: seen };
    const given = { data: Int32Array.from(fresh), shape: [1, fresh.length] };
    return { ...scalars, [name]: given, ...place };
  };
  for (let i = 0; i < count; i++) {
    signal?.throwIfAborted();
    if (position !== undefined && ids.length > window) return;
    const token = choose(await logits(entry.name, next()), options, randomUnit(seed, 1, i));
    seen = ids.length;
    ids.push(token);
    yield token;
    if (stop.some((end) => endsWith(ids, typeof end === "number" ? [end] : end, prompt.length)))
      return;
  }
}

/** Whether what was written ends with these tokens. */
const endsWith = (ids: readonly number[], end: readonly number[], written: number): boolean =>
  end.length > 0 &&
  ids.length - written >= end.length &&
  end.every((id, i) => ids[ids.length - end.length + i] === id);

/** Draws from the softmax of logits / temperature by inverting its distribution at `u` in [0, 1). */
export function choose(
  logits: ArrayLike<number>,
  { temperature = 0, topK, topP }: Sampling,
  u: number,
): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  if (!(temperature > 0)) return best;
  const top = logits[best] ?? 0;
  const weights = Float64Array.from(logits, (x) => Math.exp((x - top) / temperature));
  if (topK !== undefined || topP !== undefined) keepLikeliest(weights, topK, topP);
  let rest = u * weights.reduce((sum, w) => sum + w, 0);
  const chosen = weights.findIndex((w) => (rest -= w) < 0);
  return chosen < 0 ? best : chosen;
}

/** Puts the weights to 0 that the limits leave out; the likeliest always stays. */
function keepLikeliest(weights: Float64Array, topK = Infinity, topP = 1): void {
  const order = Array.from(weights.keys()).sort(
    (a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b,
  );
  const all = weights.reduce((sum, w) => sum + w, 0);
  let sum = 0;
  for (const [rank, i] of order.entries()) {
    const weight = weights[i] ?? 0;
    if (rank > 0 && (rank >= topK || sum >= topP * all)) weights[i] = 0;
    sum += weight;
  }
}
