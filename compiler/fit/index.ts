// Makes a compiled model fit: what no buffer holds is computed in chunks, and under a budget of memory values are computed again.
import { buildArtifact } from "../artifact/index.js";
import { placeOf } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Compiled, Entry, Program, TrainStep } from "../ir/program.js";
import { chunkLarge, type Chunked } from "../passes/chunk/index.js";
import { evaluate, show, type Sym } from "../types/dim.js";
import { showType } from "../types/tensor.js";
import type { Artifact, Target } from "../../runtime/format.js";
import type { Decision } from "./decision.js";
import { recomputed } from "./recompute.js";
import { inOrderOfGain, residualsOf, type Choice } from "./residuals.js";

export type { Decision } from "./decision.js";

/** What a model has to fit into. */
export interface FitOptions {
  readonly target: Target;
  /** Bytes that all buffers of one call may take together. */
  readonly budget?: number | undefined;
  /** Sizes of free dims by name, where they are known. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Whether residuals are recorded even where there is no budget. */
  readonly isExplained?: boolean;
  /** Bytes of all buffers of an entry; undefined where its sizes are not known. */
  readonly measure: (artifact: Artifact, entry: string) => number | undefined;
}

/** A program that cannot be made to fit. */
export interface Excess {
  readonly entry: string;
  readonly budget: number;
  /** The fewest bytes that were reached. */
  readonly smallest: number;
}

/** A model that fits, with what was decided for that; or what does not. */
export interface Fit {
  readonly compiled: Compiled;
  readonly decisions: readonly Decision[];
  readonly excess: readonly Excess[];
  /** Bytes by entry, where they are known. */
  readonly peaks: ReadonlyMap<string, number>;
}

/** Bytes of one chunk of the largest value of a region, unless a budget is small. */
const chunkTarget = 2 ** 25;
/** Parts of a budget that one value, and one chunk of it, may take. */
const wholeShare = 8;
const chunkShare = 16;

/** Makes every entry and training step of a model fit. */
export function fit(compiled: Compiled, options: FitOptions): Fit {
  const decisions: Decision[] = [];
  const excess: Excess[] = [];
  const peaks = new Map<string, number>();
  const fitted = <E extends Entry>(entry: E, alone: (program: Program) => Compiled): E => {
    const made = new Fitting(entry, alone, options).run();
    decisions.push(...made.decisions);
    if (made.peak !== undefined) peaks.set(entry.name, made.peak);
    if (options.budget !== undefined && made.peak !== undefined && made.peak > options.budget)
      excess.push({ entry: entry.name, budget: options.budget, smallest: made.peak });
    return { ...entry, program: made.program };
  };
  const empty = { ...compiled, entries: [], steps: [], init: [] };
  const entries = compiled.entries.map((entry) =>
    fitted(entry, (program) => ({ ...empty, entries: [{ ...entry, program }] })),
  );
  const steps = compiled.steps.map((step) =>
    fitted<TrainStep>(step, (program) => ({ ...empty, steps: [{ ...step, program }] })),
  );
  return { compiled: { ...compiled, entries, steps }, decisions, excess, peaks };
}

interface Fitted {
  readonly program: Program;
  readonly peak: number | undefined;
  readonly decisions: readonly Decision[];
}

/** One program on its way. */
class Fitting {
  readonly #entry: Entry;
  readonly #alone: (program: Program) => Compiled;
  readonly #options: FitOptions;

  constructor(entry: Entry, alone: (program: Program) => Compiled, options: FitOptions) {
    this.#entry = entry;
    this.#alone = alone;
    this.#options = options;
  }

  run(): Fitted {
    const { budget = Infinity, target, isExplained = false } = this.#options;
    const { program, chunked } = chunkLarge(this.#entry.program, {
      most: Math.min(target.bindingBytes, budget / wholeShare),
      target: Math.min(chunkTarget, budget / chunkShare),
      sizeOf: this.#sizeOf,
    });
    const decisions = chunked.map((c) => this.#chunkedRecord(c));
    const whole = this.#peak(program);
    const isTooLarge = whole !== undefined && whole > budget;
    if (!isTooLarge && !isExplained) return { program, peak: whole, decisions };
    const { forward, residuals } = residualsOf(program, target.storageBuffers, this.#sizeOf);
    const order = inOrderOfGain(residuals, this.#sizeOf);
    const attempt = (count: number): Attempt => {
      const dropped = new Set(order.slice(0, count).map((c) => c.value));
      const made = count === 0 ? program : recomputed(program, { forward, residuals }, dropped);
      return { count, program: made, peak: count === 0 ? whole : this.#peak(made) };
    };
    const found = this.#smallestDrop(order.length, attempt);
    decisions.push(...order.map((choice, i) => this.#residualRecord(choice, i < found.count)));
    return { program: found.program, peak: found.peak, decisions };
  }

  /** The fewest residuals to drop, or what takes the fewest bytes where no number of them is enough. */
  #smallestDrop(most: number, attempt: (count: number) => Attempt): Attempt {
    const { budget = Infinity } = this.#options;
    const fits = ({ peak = 0 }: Attempt): boolean => peak <= budget;
    const none = attempt(0);
    if (fits(none) || most === 0) return none;
    // Where everything is dropped, whole chains live at once: fewer may need less.
    const counts = new Set([0.25, 0.5, 0.75, 0.85, 0.92, 1].map((part) => Math.ceil(part * most)));
    const tried = [...counts].map(attempt);
    let enough = tried.find(fits);
    if (!enough) return [none, ...tried].reduce((a, b) => (bytesOf(b) < bytesOf(a) ? b : a));
    let tooFew = 0;
    while (enough.count - tooFew > 1) {
      const half = attempt(Math.floor((enough.count + tooFew) / 2));
      if (fits(half)) enough = half;
      else tooFew = half.count;
    }
    return enough;
  }

  #peak(program: Program): number | undefined {
    const { budget, measure, target } = this.#options;
    if (budget === undefined) return undefined;
    return measure(buildArtifact(this.#alone(program), { target }), this.#entry.name);
  }

  #sizeOf = ({ name }: Sym): number | undefined => this.#options.sizes[name];

  #chunkedRecord({ value, bytes, rows, chunk, chunkBytes, members }: Chunked): Decision {
    const most = this.#options.target.bindingBytes;
    const known = evaluate(bytes, this.#sizeOf);
    const isTooLarge = known === undefined || 4 * known > most;
    return {
      kind: "chunked",
      ...this.#about(value),
      rows: show(rows),
      chunkRows: chunk,
      ...(known === undefined ? {} : { bytes: 4 * known }),
      chunkBytes,
      members,
      reason: isTooLarge
        ? `a kernel of the device sees at most ${String(most)} bytes`
        : "it would take too large a share of the budget",
    };
  }

  #residualRecord(choice: Choice, isDropped: boolean): Decision {
    const { value, bytes, flops, idle } = choice;
    const perByte = bytes === 0 ? 0 : flops / bytes;
    const rate = `${perByte.toPrecision(3)} operations for each byte, idle for ${String(idle)} dispatches`;
    return {
      kind: isDropped ? "recomputed" : "kept",
      ...this.#about(value),
      bytes,
      flops,
      reason: isDropped ? `${rate}: cheap for the memory it frees` : `fits: ${rate}`,
    };
  }

  #about(value: Value): { of: string; value: string; origin?: string } {
    const [span] = value.spans;
    return {
      of: this.#entry.name,
      value: `${value.op.name} ${showType(value.type)}`,
      ...(span ? { origin: placeOf(span) } : {}),
    };
  }
}

const bytesOf = ({ peak = Infinity }: Attempt): number => peak;

interface Attempt {
  readonly count: number;
  readonly program: Program;
  readonly peak: number | undefined;
}
