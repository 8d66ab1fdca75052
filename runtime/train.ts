// The part of a training step after the gradients: the clipping scale and the updates, over ranges of the trained arenas.
import type { Command } from "./device.js";
import type { ProgramPlan, StepPlan } from "./format.js";
import { toWords, type BoundInputs } from "./inputs.js";

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
  /** Where loss and metrics lie after all commands. */
  readonly results: readonly ResultRange[];
  words(bound: BoundInputs, scalars: Readonly<Record<string, number>>): Uint32Array;
}

interface Part {
  readonly plan: ProgramPlan;
  readonly symbols: readonly number[];
  readonly wordsAt: number;
  readonly prepared: Prepared;
}

/** Prepares clipping and updates behind `step`, each program with words of its own. */
export function prepareUpdates(plan: StepPlan, site: Site, step?: Prepared): StepCall {
  let wordsAt = wordsBytes(plan.program, step?.symbols ?? []);
  const part = (program: ProgramPlan, range: { offset: number; bytes: number }): Part => {
    const symbols = program.symbols.map(() => range.bytes / 4);
    const prepared = prepare(program, symbols, { ...site, wordsAt, range });
    const made = { plan: program, symbols, wordsAt, prepared };
    wordsAt += wordsBytes(program, symbols);
    return made;
  };
  const clip = plan.clip && part(plan.clip, { offset: 0, bytes: site.artifact.arenas.trained });
  const updates = plan.updates.flatMap(({ program, ranges }) =>
    ranges.map((range) => part(program, range)),
  );
  const kept = keepResults(
    step?.results.filter(({ plan: result }) => result.role === "result") ?? [],
    site,
  );
  const commands = [
    ...(step?.commands ?? []),
    ...kept.commands,
    ...(clip
      ? [...clip.prepared.commands, ...updates.flatMap((u) => handOver(clip, u, site))]
      : []),
    ...updates.flatMap((u) => u.prepared.commands),
  ];
  const parts = [...(clip ? [clip] : []), ...updates];
  return {
    step: step ?? {
      plan: plan.program,
      symbols: [],
      version: -1,
      commands: [],
      results: [],
      inputs: new Map(),
    },
    version: site.pool.version,
    commands,
    results: kept.results,
    words(bound, scalars) {
      const all = new Uint32Array(wordsAt / 4);
      const given = new Map(Object.entries(scalars).map(([name, value]) => [name, value]));
      all.set(fillWords(plan.program, bound.symbols, withScalars(plan.program, bound, given)), 0);
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
    return Array.from({ length: copiesOf(update.plan, update.symbols) }, (_, copy): Command => {
      const offset = update.wordsAt + copy * wordBytes(update.plan) + 4 * word;
      return { kind: "copy", from: range, to: { buffer, offset }, size: 4 };
    });
  });
}

/** Scalars of a program as words of its own dtypes. */
function withScalars(
  plan: ProgramPlan,
  bound: BoundInputs,
  scalars: ReadonlyMap<string, number>,
): Map<string, Uint32Array> {
  const words = new Map(bound.words);
  for (const word of plan.words) {
    const value = word.kind === "scalar" ? scalars.get(word.name) : undefined;
    if (word.kind === "scalar" && value !== undefined)
      words.set(word.name, toWords(word.dtype, Float64Array.of(value)));
  }
  return words;
}
