// Tries a property: lowers it for each choice of sizes, runs its assertions, and says which one fails and where.
import { testing, type Diagnostic } from "../../compiler/diagnostics/index.js";
import type { Compiled } from "../../compiler/ir/program.js";
import {
  propertyEntries,
  type LoweredProperty,
  type Property,
} from "../../compiler/laws/property.js";
import { keyOf, type Assignment, type Lowering } from "../../compiler/laws/subject.js";
import type { Tensors } from "../backend.js";
import { inputsOf, type Case } from "./case.js";
import { explore, type Effort, type Failure } from "./explore.js";
import { OpenPrograms, type Machine } from "./machines.js";
import type { Outcome } from "./outcome.js";
import { showCase, showIndex, showNumber } from "./show.js";

/** What is wrong with a case. */
export type Fault =
  /** An assertion by its number is false. */
  | { readonly kind: "false"; readonly assertion: number }
  /** The program is wrong for these sizes. */
  | { readonly kind: "refused"; readonly diagnostics: readonly Diagnostic[] };

/** A property that was tried, with the case that fails. */
export interface TriedProperty {
  readonly outcome: Outcome;
  readonly failing?: Case;
}

/** What trying a property needs besides it. */
export interface PropertyTrial {
  readonly machine: Machine;
  readonly effort: Effort;
  readonly first: readonly Case[];
  /** A command that tries the case again; `path` is where it lies in what the seed gives. */
  readonly again: (path: string | undefined) => string;
}

/** Tries one property. */
export async function tryProperty(
  property: Property,
  trial: PropertyTrial,
): Promise<TriedProperty> {
  const run = new PropertyRun(property, trial.machine);
  try {
    const claim = {
      space: property,
      inputs: (assignment: Assignment) => run.inputs(assignment),
      try: (drawn: Case) => run.try(drawn),
      first: trial.first,
    };
    const found = await explore(claim, trial.effort);
    const subject = `property "${property.title}"`;
    const base = { subject, span: property.decl.title.span, runs: found.runs };
    const why = found.isEmpty
      ? "no values of the variables satisfy its clauses"
      : run.hasNothing && "it asserts nothing";
    if (why !== false) {
      const diagnostics = [testing.nothingToTry({ at: property.decl.title.span, why })];
      return { outcome: { ...base, status: "failed", diagnostics } };
    }
    if (!found.failure) {
      const reason = found.isCut ? { reason: "time was up" } : {};
      return { outcome: { ...base, status: "passed", diagnostics: [], ...reason } };
    }
    const { failure, runs } = found;
    const diagnostics = await run.explain(failure, counterexample(property, failure, trial, runs));
    return { outcome: { ...base, status: "failed", diagnostics }, failing: failure.drawn };
  } finally {
    await run.close();
  }
}

function counterexample(
  property: Property,
  { drawn, shrinks, path }: Failure<Fault>,
  { again, effort, machine }: PropertyTrial,
  runs: number,
): testing.Counterexample {
  const simpler = shrinks === 0 ? "" : `, made simpler ${String(shrinks)} times`;
  const which =
    path === undefined
      ? "a case that was remembered"
      : `case ${String(runs)} of ${String(effort.runs)}${simpler}, seed ${String(effort.seed)}`;
  return {
    values: showCase(property, drawn),
    how: `${which}, on ${machine.description}`,
    again: again(path),
  };
}

/** The programs of one property. */
class PropertyRun {
  private readonly property: Property;
  private readonly lowered = new Map<string, Lowering<LoweredProperty>>();
  private readonly programs: OpenPrograms;
  /** Whether what was tried asserts nothing. */
  hasNothing = false;

  constructor(property: Property, machine: Machine) {
    this.property = property;
    this.programs = new OpenPrograms(machine);
  }

  inputs(assignment: Assignment): LoweredProperty["inputs"] {
    const lowered = this.lower(assignment);
    return lowered.ok ? lowered.value.inputs : [];
  }

  async try(drawn: Case): Promise<Fault | undefined> {
    const lowered = this.lower(drawn.assignment);
    if (!lowered.ok) return { kind: "refused", diagnostics: lowered.diagnostics };
    const { assertions, compiled } = lowered.value;
    this.hasNothing = assertions.length === 0;
    const known = assertions.findIndex(({ condition }) => condition === false);
    if (known >= 0) return { kind: "false", assertion: known };
    if (assertions.every(({ condition }) => typeof condition === "boolean")) return undefined;
    const results = await this.evaluate(compiled, propertyEntries.assertions, drawn);
    for (const [name, { data }] of results)
      if (data[0] !== 1) return { kind: "false", assertion: Number(name) };
    return undefined;
  }

  async explain(
    { fault, drawn }: Failure<Fault>,
    counterexample: testing.Counterexample,
  ): Promise<readonly Diagnostic[]> {
    const title = this.property.decl.title.span;
    if (fault.kind === "refused") {
      const errors = fault.diagnostics.filter((d) => d.severity === "error");
      return errors.map((d) => testing.propertyRefused(d, { title, counterexample }));
    }
    const lowered = this.lower(drawn.assignment);
    const assertion = lowered.ok ? lowered.value.assertions[fault.assertion] : undefined;
    const witness = lowered.ok ? lowered.value.witness(fault.assertion) : undefined;
    const results = witness && (await this.evaluate(witness, propertyEntries.witness, drawn));
    const worst = results && worstOf(results);
    const at = assertion?.span ?? title;
    return [testing.propertyFails({ at, title, worst, counterexample })];
  }

  async close(): Promise<void> {
    await this.programs.close();
  }

  private lower(assignment: Assignment): Lowering<LoweredProperty> {
    const key = keyOf(assignment);
    const known = this.lowered.get(key) ?? this.property.lower(assignment);
    this.lowered.set(key, known);
    return known;
  }

  private async evaluate(compiled: Compiled, entry: string, drawn: Case): Promise<Tensors> {
    const backend = await this.programs.open(compiled);
    await backend.init(drawn.seed);
    return backend.run(entry, inputsOf(drawn), { seed: drawn.seed, step: 0 });
  }
}

/** Of all compared pairs of which one does not hold, the elements that are furthest apart. */
function worstOf(results: Tensors): testing.Worst | undefined {
  let found: testing.Worst | undefined;
  let furthest = -1;
  for (let i = 0; results.has(`left${String(i)}`); i++) {
    const [left, right, holds] = ["left", "right", "holds"].map((side) =>
      results.get(`${side}${String(i)}`),
    );
    if (!left || !right || !holds) continue;
    const isWhole = holds.data.length === 1;
    for (let place = 0; place < left.data.length; place++) {
      const [a, b] = [left.data[place] ?? 0, right.data[place] ?? 0];
      if (holds.data[isWhole ? 0 : place] === 1) continue;
      const apart = distance(a, b);
      if (apart <= furthest) continue;
      furthest = apart;
      const index = showIndex(left.shape, place);
      found = { left: showNumber(a), right: showNumber(b), index };
    }
  }
  return found;
}

/** As `close` judges it: relative to the larger magnitude, or absolute below 1. */
function distance(a: number, b: number): number {
  const apart = Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
  return Number.isNaN(apart) ? Infinity : apart;
}
