// What a call needs in bytes, buffer by buffer, computed before anything is allocated.
import {
  gradientSums,
  type Artifact,
  type ProgramPlan,
  type StepPlan,
  type UpdatePlan,
} from "./format.js";
import { aligned, layOut, layOutInputs, smallestBuffer, tensorBytes, wordBytes } from "./layout.js";
import { copiesOf } from "./rounds.js";

/** Bytes by name of the buffer. */
export type Needs = ReadonlyMap<string, number>;

/** Buffers of an entry with given sizes; for a training step also those of gradients, moments and updates. */
export function needsOf(artifact: Artifact, name: string, symbols: readonly number[]): Needs {
  const needs = new Map<string, number>();
  const { parameters, states, trained } = artifact.arenas;
  if (parameters > 0) grow(needs, "parameters", parameters);
  if (states > 0) grow(needs, "states", states);
  const entry = [...artifact.entries, ...artifact.steps].find((e) => e.name === name);
  if (!entry) return needs;
  let words = 0;
  for (const run of runsOf(artifact, name, symbols))
    words += programNeeds(needs, run.program, run.symbols);
  const step = artifact.steps.find((s) => s.name === name);
  if (step) {
    grow(needs, "gradients", trained);
    const results = step.program.results.filter((r) => r.role === "result");
    const kept = results.map(({ tensor }) => aligned(bytesOf(step.program, tensor, symbols)));
    grow(
      needs,
      "results",
      kept.reduce((a, b) => a + b, 0),
    );
    if (step.accumulation) grow(needs, `moment ${gradientSums}`, trained);
    for (const moment of step.moments) grow(needs, `moment ${moment.name}`, trained);
    for (const number of step.numbers ?? []) grow(needs, `number ${number.name}`, smallestBuffer);
  }
  grow(needs, "words", words);
  return needs;
}

/** The sum over all buffers. */
export const totalBytes = (needs: Needs): number => [...needs.values()].reduce((a, b) => a + b, 0);

function grow(needs: Map<string, number>, name: string, bytes: number): void {
  needs.set(name, Math.max(needs.get(name) ?? smallestBuffer, bytes));
}

/** What runs over ranges of the trained arenas. */
const updatesOf = ({ accumulation, updates }: StepPlan): readonly UpdatePlan[] =>
  accumulation ? [accumulation.add, accumulation.finish, ...updates] : updates;

/** What runs after the gradients. */
export const programsAfter = (step: StepPlan): ProgramPlan[] => [
  ...(step.clip ? [step.clip] : []),
  ...updatesOf(step).map((u) => u.program),
];

/** A program with the values of its symbols. */
interface Run {
  readonly program: ProgramPlan;
  readonly symbols: readonly number[];
}

/** What a call runs: its program, and for a training step what follows, over each range of the trained arenas. */
export function runsOf(artifact: Artifact, name: string, symbols: readonly number[]): Run[] {
  const over = (program: ProgramPlan, bytes: number): Run => ({
    program,
    symbols: program.symbols.map(() => bytes / 4),
  });
  const isNamed = (entry: { readonly name: string }): boolean => entry.name === name;
  const entry = [...artifact.entries, ...artifact.steps].find(isNamed);
  const step = artifact.steps.find(isNamed);
  return [
    ...(entry ? [{ program: entry.program, symbols }] : []),
    ...(step?.clip ? [over(step.clip, artifact.arenas.trained)] : []),
    ...(step ? updatesOf(step) : []).flatMap((u) => u.ranges.map((r) => over(u.program, r.bytes))),
  ];
}

/** Adds what a program needs; returns the bytes of its words. */
function programNeeds(
  needs: Map<string, number>,
  plan: ProgramPlan,
  symbols: readonly number[],
): number {
  for (const [arena, bytes] of layOut(plan, symbols).arenaBytes.entries()) {
    grow(needs, `temporary ${String(arena)}`, bytes);
  }
  const inputs = layOutInputs(plan, symbols).bytes;
  if (inputs > 0) grow(needs, "inputs", inputs);
  if (plan.copies.length > 0) {
    const within = plan.copies.filter(({ tensor, to }) => isWithin(plan, tensor, to));
    const bytes = within.map(({ tensor }) => bytesOf(plan, tensor, symbols));
    grow(
      needs,
      "exchange",
      bytes.reduce((a, b) => a + b, 0),
    );
  }
  return wordBytes(plan) * copiesOf(plan, symbols);
}

function bytesOf({ tensors }: ProgramPlan, number: number, symbols: readonly number[]): number {
  const tensor = tensors[number];
  return tensor ? tensorBytes(tensor, symbols) : 0;
}

/** Whether a copy stays within one buffer. */
function isWithin(
  plan: ProgramPlan,
  tensor: number,
  to: ProgramPlan["copies"][number]["to"],
): boolean {
  const from = plan.tensors[tensor]?.place;
  return from?.kind === "variable" && to.kind === "variable" && from.role === to.role;
}
