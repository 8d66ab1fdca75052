// Turns a program plan and the values of its symbols into commands: tensors get ranges, dispatches get bindings.
import type { BufferRange, Command, Device } from "./device.js";
import { type Placement, placementCopies } from "./device-tensor.js";
import { RuntimeFault } from "./errors.js";
import type { Artifact, ElementType, Place, ProgramPlan, ResultPlan, WordPlan } from "./format.js";
import { evaluate } from "./formula.js";
import { layOut, layOutInputs, tensorBytes, wordBytes, type Layout } from "./layout.js";
import { copiesOf, turnsOf } from "./rounds.js";
import type { Pipeline } from "./pipeline.js";
import type { Pool } from "./pool.js";

/** A result of a run and where it can be read. */
export interface ResultRange {
  readonly plan: ResultPlan;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly range: BufferRange;
}

/** Commands of a program for given sizes, valid while the pool has the same version. */
export interface Prepared {
  readonly plan: ProgramPlan;
  readonly symbols: readonly number[];
  readonly version: number;
  readonly commands: readonly Command[];
  readonly results: readonly ResultRange[];
  /** Byte offset of each input in the buffer of inputs. */
  readonly inputs: ReadonlyMap<string, number>;
}

/** Where a program runs within a call. */
export interface Site {
  readonly artifact: Artifact;
  readonly device: Device;
  readonly pool: Pool;
  readonly pipelines: readonly (Pipeline | undefined)[];
  /** Byte offset of its words in the buffer of words. */
  readonly wordsAt: number;
  /** Tensors that lie in buffers of their own. */
  readonly placement?: Placement;
  /** Byte range of the trained arenas that it runs over. */
  readonly range?: { readonly offset: number; readonly bytes: number };
}

const mostGroups = 65535;

/** Prepares a program: every buffer it needs exists afterwards. */
export function prepare(plan: ProgramPlan, symbols: readonly number[], site: Site): Prepared {
  const layout = layOut(plan, symbols);
  const inputs = layOutInputs(plan, symbols);
  const { pool } = site;
  for (const [arena, bytes] of layout.arenaBytes.entries())
    pool.take(`temporary ${String(arena)}`, bytes);
  if (inputs.bytes > 0) pool.take("inputs", inputs.bytes);
  pool.take("words", site.wordsAt + wordsBytes(plan, symbols));
  const rangeOf = (place: Place, tensor: number, bytes: number): BufferRange =>
    locate(site, layout, inputs.at, place, tensor, bytes);
  const ranges = plan.tensors.map(
    (tensor, number) =>
      site.placement?.ranges.get(number) ??
      rangeOf(tensor.place, number, tensorBytes(tensor, symbols)),
  );
  const copyBytes = wordBytes(plan);
  const words = { offset: site.wordsAt, size: copyBytes };
  const dispatches = plan.dispatches.map((dispatch) =>
    encode(dispatch, symbols, ranges, words, site),
  );
  const { turns } = turnsOf(plan, symbols);
  const commands: Command[] = turns.flatMap(({ dispatch, copy }) => {
    const command = dispatches[dispatch];
    return command ? [{ ...command, wordsFrom: copy * copyBytes }] : [];
  });
  const copies = plan.copies.map(({ tensor, to }) => ({
    from: at(ranges, tensor),
    to: rangeOf(to, tensor, at(ranges, tensor).size ?? 4),
  }));
  if (site.placement) commands.push(...placementCopies(site.placement, (t) => at(ranges, t)));
  commands.push(...copyAll(copies, pool));
  const results = plan.results.map((result): ResultRange => ({
    plan: result,
    dtype: at(plan.tensors, result.tensor).dtype,
    shape: result.shape.map((f) => evaluate(f, symbols)),
    range: at(ranges, result.tensor),
  }));
  return { plan, symbols, version: pool.version, commands, results, inputs: inputs.at };
}

/** Copies as if all at once. WebGPU copies only between different buffers, so others go through a third one. */
function copyAll(
  copies: readonly { readonly from: BufferRange; readonly to: BufferRange }[],
  pool: Pool,
): Command[] {
  const within = copies.filter(({ from, to }) => from.buffer === to.buffer);
  const sizeOf = ({ size = 4 }: BufferRange): number => size;
  if (copies.length === 0) return [];
  const exchange = pool.take(
    "exchange",
    within.reduce((bytes, { from }) => bytes + sizeOf(from), 0),
  );
  let offset = 0;
  const first: Command[] = [];
  const second: Command[] = [];
  for (const { from, to } of copies) {
    const size = sizeOf(from);
    if (from.buffer !== to.buffer) {
      second.push({ kind: "copy", from, to, size });
      continue;
    }
    const between = { buffer: exchange, offset, size };
    first.push({ kind: "copy", from, to: between, size });
    second.push({ kind: "copy", from: between, to, size });
    offset += size;
  }
  return [...first, ...second];
}

function encode(
  dispatch: ProgramPlan["dispatches"][number],
  symbols: readonly number[],
  ranges: readonly BufferRange[],
  words: Omit<BufferRange, "buffer">,
  site: Site,
): (Command & { readonly kind: "dispatch" }) | undefined {
  const groups = evaluate(dispatch.groups, symbols);
  if (groups <= 0) return undefined;
  const kernel = at(site.artifact.kernels, dispatch.kernel);
  const pipeline = at(site.pipelines, dispatch.kernel);
  if (!pipeline)
    throw new RuntimeFault(`kernel \`${kernel.label}\` was not compiled`, {
      code: "internal",
      exit: 70,
    });
  const bound = dispatch.tensors.map((tensor) => at(ranges, tensor));
  if (kernel.hasWords) bound.push({ buffer: site.pool.take("words", 0), ...words });
  const x = Math.min(groups, mostGroups);
  const bindings = site.device.createBindings(pipeline, bound);
  const bytes = dispatch.tensors.reduce((sum, t) => sum + (at(ranges, t).size ?? 4), 0);
  const launched = { dispatch, symbols, bytes };
  const workgroups = [x, Math.ceil(groups / x), 1] as const;
  return { kind: "dispatch", pipeline, bindings, workgroups, launched };
}

function locate(
  { artifact, pool, range }: Site,
  layout: Layout,
  inputs: ReadonlyMap<string, number>,
  place: Place,
  tensor: number,
  size: number,
): BufferRange {
  switch (place.kind) {
    case "temporary":
      return {
        buffer: pool.take(`temporary ${String(place.arena)}`, 0),
        offset: layout.slots[tensor]?.offset ?? 0,
        size,
      };
    case "input":
      return { buffer: pool.take("inputs", 0), offset: inputs.get(place.name) ?? 0, size };
    case "variable":
    case "gradient": {
      const variable = artifact.variables.find((v) => v.path === place.path);
      if (!variable)
        throw new RuntimeFault(`no variable \`${place.path}\``, { code: "internal", exit: 70 });
      const name =
        place.kind === "gradient"
          ? "gradients"
          : variable.role === "state"
            ? "states"
            : "parameters";
      return { buffer: pool.take(name, 0), offset: variable.offset, size };
    }
    case "range":
      return { buffer: pool.take(place.of, 0), offset: range?.offset ?? 0, size };
    case "moment":
      return { buffer: pool.take(`moment ${place.name}`, 0), offset: range?.offset ?? 0, size };
    case "number":
      return { buffer: pool.take(`number ${place.name}`, 0), offset: 0, size };
  }
}

/** Bytes of all copies of the words of a program. */
export const wordsBytes = (plan: ProgramPlan, symbols: readonly number[]): number =>
  wordBytes(plan) * copiesOf(plan, symbols);

/** The words of a program, for each round of its loops: sizes, rounds, and scalars by name, missing ones zero; then what is passed. */
export function fillWords(
  plan: ProgramPlan,
  symbols: readonly number[],
  scalars: ReadonlyMap<string, Uint32Array>,
): Uint32Array {
  const { copies } = turnsOf(plan, symbols);
  const size = wordBytes(plan) / 4;
  const words = new Uint32Array(size * copies.length);
  for (const [copy, { rounds, passed }] of copies.entries()) {
    for (const [i, word] of plan.words.entries())
      words[copy * size + i] = wordOf(word, symbols, scalars, rounds);
    words.set(passed, copy * size + plan.words.length);
  }
  return words;
}

function wordOf(
  word: WordPlan,
  symbols: readonly number[],
  scalars: ReadonlyMap<string, Uint32Array>,
  rounds: readonly number[],
): number {
  switch (word.kind) {
    case "symbol":
      return symbols[word.symbol] ?? 0;
    case "round":
      return rounds[word.depth] ?? 0;
    case "scalar":
      return scalars.get(word.name)?.[0] ?? 0;
  }
}

function at<T>(items: readonly T[], index: number): T {
  if (index < 0 || index >= items.length)
    throw new RuntimeFault(`no item ${String(index)}`, { code: "internal", exit: 70 });
  return items[index] as T;
}
