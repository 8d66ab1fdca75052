// Cases as fast-check draws and shrinks them: sizes first, then the elements of tensors.
import { Arbitrary, Value, stream, type Random, type Stream } from "fast-check";
import { smaller } from "../../compiler/laws/assignments.js";
import type { InputSpec } from "../../compiler/ir/program.js";
import type { Assignment, Space } from "../../compiler/laws/subject.js";
import type { Case } from "./case.js";
import { below, type Randomness } from "./random.js";
import { drawTensor, fitted, simplerTensors, type Manner } from "./tensors.js";

/** What cases are drawn from. */
export interface Source extends Manner {
  readonly space: Space;
  /** Choices of the variables, the smallest first. */
  readonly pool: readonly Assignment[];
  /** The tensors that a choice asks for; none where the program is wrong for it. */
  readonly inputs: (assignment: Assignment) => readonly InputSpec[];
}

/** Cases of one space. */
export class CaseArbitrary extends Arbitrary<Case> {
  private readonly source: Source;

  constructor(source: Source) {
    super();
    this.source = source;
  }

  override generate(mrng: Random): Value<Case> {
    const random: Randomness = { fraction: () => mrng.nextInt(0, 2 ** 31 - 1) / 2 ** 31 };
    const { pool } = this.source;
    // Small sizes come a little more often than large ones.
    const assignment = pool[Math.floor(pool.length * random.fraction() ** 1.3)] ?? new Map();
    const seed = below(random, 65_536);
    const tensors = this.source
      .inputs(assignment)
      .map((spec) => [spec.name, drawTensor(spec, random, this.source)] as const);
    return new Value({ assignment, seed, tensors: new Map(tensors) }, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Case {
    return typeof value === "object" && value !== null && "assignment" in value;
  }

  override shrink(value: Case): Stream<Value<Case>> {
    return stream(this.simpler(value)).map((simple) => new Value(simple, undefined));
  }

  private *simpler(value: Case): Generator<Case> {
    for (const assignment of smaller(this.source.space, value.assignment)) {
      for (const end of ["front", "back"] as const) {
        const tensors = this.source
          .inputs(assignment)
          .map((spec) => [spec.name, fitted(spec, value.tensors.get(spec.name), end)] as const);
        yield { ...value, assignment, tensors: new Map(tensors) };
      }
    }
    if (value.seed !== 0) yield { ...value, seed: 0 };
    for (const [name, tensor] of value.tensors)
      for (const simple of simplerTensors(tensor))
        yield { ...value, tensors: new Map([...value.tensors, [name, simple]]) };
  }
}
