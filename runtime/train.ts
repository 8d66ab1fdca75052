// The part of a training step after the gradients: the clipping scale and the updates, over ranges of the trained arenas.
import type { Command } from "./device.js";
import { RuntimeFault } from "./errors.js";
import type { ProgramPlan, StepPlan, UpdatePlan } from "./format.js";
import { toWords, type BoundInputs, type TensorValue } from "./inputs.js";

import { aligned, wordBytes } from "./layout.js";
import { copiesOf } from "./rounds.js";
import {
  fillWords,
  prepare,
  wordsBytes,
  type Prepared,
  type ResultRange,
  type Site,
} from "./program.js";

/** All commands of a step, and the words of all its programs. */
export interface StepCall {
  readonly step: Prepared;
  readonly version: number;
  readonly commands: readonly Command[];
  /** Those for a micro-batch that is not the last of its step. */
  readonly gradients: readonly Command[];
  /** Where loss and metrics lie after all commands. */
  readonly results: readonly ResultRange[];
  words(bound: BoundInputs, scalars: StepScalars): Uint32Array;
}

/** Numbers of one micro-batch: those of the gradients, whose `step` counts micro-batches, and those of the update. */
export interface StepScalars {
  readonly own: Readonly<Record<string, number>>;
  readonly update: Readonly<Record<string, number>>;
}

/** The numbers of the micro-batch `index` of a step. */
export function scalarsOf(
  { accumulation }: StepPlan,
  scalars: Readonly<Record<string, number>>,
  index: number,
): StepScalars {
  const { step = 0 } = scalars;
  const count = accumulation?.count ?? 1;
  const counted = scalars["step"] === undefined ? {} : { step: (step - 1) * count + index + 1 };
  return { own: { ...scalars, ...counted }, update: { ...scalars, "micro-batch": index } };
}

/** The inputs of each micro-batch; throws a `RuntimeFault` where there are more or fewer than the step takes. */
export function microBatches<T>(
  name: string,
  count: number,
  inputs: T | readonly T[],
): readonly T[] {
  const parts = Array.isArray(inputs) ? (inputs as readonly T[]) : [inputs as T];
  if (parts.length === count) return parts;
  throw new RuntimeFault(
    `\`${name}\` accumulates the gradients of ${String(count)} micro-batches, and ${String(parts.length)} are given`,
    {
      code: "micro-batches",
      exit: 1,
      remedy: `give a list of ${String(count)} inputs`,
    },
  );
}

/** The loss and the metrics of a step: means over its micro-batches. */
export function meanOf(
  reports: readonly Readonly<Record<string, TensorValue>>[],
): Record<string, number> {
  const means: Record<string, number> = {};
  for (const report of reports)
    for (const [name, { data }] of Object.entries(report))
      means[name] = (means[name] ?? 0) + (data[0] ?? NaN) / reports.length;
  return means;
}

/** Refuses to go on where gradients overflowed although the loss was not scaled; the scale of a run in mixed precision is then 0. */
export function checkScale(name: string, scale: number | undefined): void {
  if (scale !== 0) return;
  throw new RuntimeFault(`gradients of \`${name}\` overflow`, {
    code: "loss-scale",
    exit: 1,
    remedy: "lower the learning rate or leave out `precision`",
  });
}

interface Part {
  readonly plan: ProgramPlan;
  readonly symbols: readonly number[];
  readonly wordsAt: number;
  readonly prepared: Prepared;
}

/** Prepares clipping and updates behind `step`, each program with words of its own. */
export function prepareUpdates(plan: StepPlan, site: Site, step: Prepared): StepCall {
  let wordsAt = wordsBytes(plan.program, step.symbols);
  const part = (program: ProgramPlan, range: { offset: number; bytes: number }): Part => {
    const symbols = program.symbols.map(() => range.bytes / 4);
    const prepared = prepare(program, symbols, { ...site, wordsAt, range });
    const made = { plan: program, symbols, wordsAt, prepared };
    wordsAt += wordsBytes(program, symbols);
    return made;
  };
  const clip = plan.clip && part(plan.clip, { offset: 0, bytes: site.artifact.arenas.trained });
  const partsOf = ({ program, ranges }: UpdatePlan): Part[] =>
    ranges.map((range) => part(program, range));
  const add = plan.accumulation ? partsOf(plan.accumulation.add) : [];
  const finish = plan.accumulation ? partsOf(plan.accumulation.finish) : [];
  const updates = plan.updates.flatMap(partsOf);
  const kept = keepResults(
    step.results.filter(({ plan: result }) => result.role === "result"),
    site,
  );
  const own = [...step.commands, ...kept.commands];
  const commands = [
    ...own,
    ...finish.flatMap((f) => f.prepared.commands),
    ...(clip
      ? [...clip.prepared.commands, ...updates.flatMap((u) => handOver(clip, u, site))]
      : []),
    ...updates.flatMap((u) => u.prepared.commands),
  ];
  const parts = [...(clip ? [clip] : []), ...add, ...finish, ...updates];
  return {
    step,
    version: site.pool.version,
    commands,
    gradients: [...own, ...add.flatMap((a) => a.prepared.commands)],
    results: kept.results,
    words(bound, scalars) {
      const all = new Uint32Array(wordsAt / 4);
      const [own, given] = [scalars.own, scalars.update].map((s) => new Map(Object.entries(s)));
      all.set(fillWords(plan.program, bound.symbols, withScalars(plan.program, bound, own)), 0);
      for (const { plan: program, symbols, wordsAt: at } of parts)
        all.set(fillWords(program, symbols, withScalars(program, bound, given)), at / 4);
      return all;
    },
  };
}

/** Moves results out of the temporary arenas, which clipping and updates use again. */
function keepResults(
  results: readonly ResultRange[],
  { pool }: Site,
): { readonly commands: Command[]; readonly results: ResultRange[] } {
  let offset = 0;
  const places = results.map(({ range }) => {
    const place = { offset, size: range.size ?? 4 };
    offset += aligned(place.size);
    return place;
  });
  const buffer = pool.take("results", offset);
  const kept = results.map((result, i) => ({ ...result, range: { buffer, ...places[i] } }));
  const commands = results.map(({ range }, i): Command => ({
    kind: "copy",
    from: range,
    to: { buffer, ...places[i] },
    size: range.size ?? 4,
  }));
  return { commands, results: kept };
}

/** Copies the results of clipping into the words of an update that ask for them by name. */
function handOver(clip: Part, update: Part, site: Site): Command[] {
  return clip.prepared.results.flatMap(({ plan, range }): Command[] => {
    const word = update.plan.words.findIndex((w) => w.kind === "scalar" && w.name === plan.name);
    if (word < 0) return [];
    const buffer = site.pool.take("words", 0);
    const copyBytes = wordBytes(update.plan);
    return Array.from({ length: copiesOf(update.plan, update.symbols) }, (_, copy): Command => {
      const offset = update.wordsAt + copy * copyBytes + 4 * word;
      return { kind: "copy", from: range, to: { buffer, offset }, size: 4 };
    });
  });
}

/** Scalars of a program as words of its own dtypes. */
function withScalars(
  plan: ProgramPlan,
  bound: BoundInputs,
  scalars: ReadonlyMap<string, number> = new Map(),
): Map<string, Uint32Array> {
  const words = new Map(bound.words);
  for (const word of plan.words) {
    const value = word.kind === "scalar" ? scalars.get(word.name) : undefined;
    if (word.kind === "scalar" && value !== undefined)
      words.set(word.name, toWords(word.dtype, Float64Array.of(value)));
  }
  return words;
}
