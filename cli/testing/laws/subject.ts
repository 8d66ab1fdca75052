// One declaration under its laws: what was lowered and evaluated of it, at which sizes and for which numbers it is made.
import type { LawName } from "../../../compiler/check/law-names.js";
import { elementsOf } from "../../../compiler/laws/assignments.js";
import {
  declarationEntries,
  type Declaration,
  type LoweredDeclaration,
} from "../../../compiler/laws/declaration.js";
import { keyOf, type Assignment, type Lowering } from "../../../compiler/laws/subject.js";
import type { InputSpec } from "../../../compiler/ir/program.js";
import { isFloat } from "../../../compiler/types/dtype.js";
import type { Case } from "../case.js";
import { choicesOf } from "../explore.js";
import type { Machines } from "../machines.js";
import { seeded } from "../random.js";
import { drawStyled, type Style } from "../tensors.js";
import { caseIn, domains, type Domain } from "./domain.js";
import { Evaluation, valuesOf } from "./evaluation.js";

/** What is wrong with a case. */
export interface Broken {
  readonly what: string;
  readonly more?: readonly string[];
}

/** A law of declarations. */
export interface Law {
  readonly name: LawName;
  /** Cases for each hundred runs of a property. */
  readonly share: number;
  /** The styles of tensors that it is tried on; all where left out. */
  readonly styles?: readonly [Style, ...Style[]];
  /** How many choices of sizes it is tried on; all where left out. */
  readonly choices?: number;
  /** Why it does not apply; the stated rule. */
  reason(subject: LawSubject): string | undefined;
  try(subject: LawSubject, drawn: Case): Promise<Broken | undefined> | Broken | undefined;
}

/** Larger models are not tried: laws hold for small sizes or for none. */
const mostParameters = 40_000;
const mostValues = 6_000;

/** How many choices of sizes are tried. */
const mostChoices = 8;

/** A declaration with everything that was made of it. */
export class LawSubject {
  readonly declaration: Declaration;
  readonly machines: Machines;
  /** Choices for which the declaration can be built, the smallest first. */
  readonly pool: readonly Assignment[];
  /** Which floats it is made for. */
  readonly domain: Domain;
  private readonly lowered = new Map<string, Lowering<LoweredDeclaration>>();
  private readonly evaluations = new Map<LoweredDeclaration, Evaluation>();

  constructor(declaration: Declaration, machines: Machines, seed: number) {
    this.declaration = declaration;
    this.machines = machines;
    const found: Assignment[] = [];
    for (const assignment of choicesOf(declaration, seed, 3 * mostChoices)) {
      if (
        found.length >= mostChoices ||
        (found.length > 2 && elementsOf(declaration, assignment) > 4_000)
      )
        break;
      if (this.isFit(assignment)) found.push(assignment);
    }
    this.pool = found;
    this.domain = this.findDomain(seed);
  }

  /** One of the smaller choices, for what is asked once. */
  get usual(): LoweredDeclaration | undefined {
    const assignment = this.pool[Math.min(2, this.pool.length - 1)];
    return assignment && this.at(assignment);
  }

  /** What a choice is lowered to; undefined where the declaration refuses it. */
  at(assignment: Assignment): LoweredDeclaration | undefined {
    const key = keyOf(assignment);
    const known = this.lowered.get(key) ?? this.declaration.lower(assignment);
    this.lowered.set(key, known);
    return known.ok ? known.value : undefined;
  }

  inputs(assignment: Assignment): readonly InputSpec[] {
    return this.at(assignment)?.inputs ?? [];
  }

  evaluation(lowered: LoweredDeclaration): Evaluation {
    const known = this.evaluations.get(lowered) ?? new Evaluation(lowered);
    this.evaluations.set(lowered, known);
    return known;
  }

  /** A case as the declaration takes it: floats in its domain, steps counted from 1. */
  prepared(drawn: Case): Case {
    const { tensors, ...rest } = caseIn(this.domain, drawn);
    const counted = [...tensors].map(([name, tensor]) => {
      const isStep = name === "step" && tensor.dtype === "i32" && tensor.shape.length === 0;
      const data = tensor.data.map((x) => Math.abs(x) + 1);
      return [name, isStep ? { ...tensor, data } : tensor] as const;
    });
    return { ...rest, tensors: new Map(counted) };
  }

  /** Whether something of it takes floats that could be pulled back to. */
  get hasGradient(): boolean {
    const { usual } = this;
    return (
      usual !== undefined && this.evaluation(usual).entry(declarationEntries.backward) !== undefined
    );
  }

  private isFit(assignment: Assignment): boolean {
    const lowered = this.at(assignment);
    if (!lowered) return false;
    const { variables, entries } = lowered.compiled;
    const numbers = variables.reduce((n, v) => n + v.shape.reduce((a, b) => a * b, 1), 0);
    const values = entries.reduce((n, e) => Math.max(n, e.program.graph.values.length), 0);
    return numbers <= mostParameters && values <= mostValues;
  }

  /** The widest domain in which ordinary inputs give finite results. */
  private findDomain(seed: number): Domain {
    const { usual } = this;
    const assignment = this.pool[Math.min(2, this.pool.length - 1)];
    if (!usual || !assignment) return domains[0];
    const random = seeded(seed);
    const cases = Array.from({ length: 4 }, (): Case => ({
      assignment,
      seed: 0,
      tensors: new Map(
        usual.inputs.map((spec) => [spec.name, drawStyled(spec, "ordinary", random, { large: 1 })]),
      ),
    }));
    const evaluation = this.evaluation(usual);
    const isFinite = (domain: Domain): boolean =>
      cases.every((drawn) => {
        const inputs = valuesOf(caseIn(domain, drawn));
        const results = evaluation.run(
          declarationEntries.forward,
          inputs,
          evaluation.variables(0),
          0,
        );
        return results.every((t) => !isFloat(t.dtype) || Array.from(t.data).every(Number.isFinite));
      });
    return domains.find(isFinite) ?? domains[0];
  }
}
