// The law of derivatives: what reverse mode gives agrees with central differences in float64.
import { declarationEntries, type LoweredDeclaration } from "../../../compiler/laws/declaration.js";
import { tensorOf, type Tensor } from "../../../compiler/reference/tensor.js";
import { isFloat } from "../../../compiler/types/dtype.js";
import type { Case } from "../case.js";
import { normal, seeded } from "../random.js";
import { showIndex, showNumber } from "../show.js";
import { valuesOf, type Evaluation, type Values } from "./evaluation.js";
import type { Broken, Law, LawSubject } from "./subject.js";

const { forward, backward } = declarationEntries;

/** Width of differences; a second, narrower one tells kinks from mistakes. */
const widths = [1e-5, 2.5e-6] as const;

export const gradients: Law = {
  name: "gradients",
  share: 5,
  styles: ["ordinary"],
  reason(subject) {
    if (!subject.hasGradient) return "nothing of it is a float that can be pulled back to";
    return subject.usual?.isCut === true ? "it stops gradients on purpose" : undefined;
  },
  try(subject, drawn) {
    const lowered = subject.at(drawn.assignment);
    return lowered && new Check(subject, lowered, drawn).run();
  },
};

/** Random cotangents of the float results, under the names that the backward pass has for them. */
export function cotangents(
  lowered: LoweredDeclaration,
  results: readonly Tensor[],
  seed: number,
): Values {
  const random = seeded(seed + 2);
  return new Map(
    results.flatMap((tensor, i) => {
      const name = lowered.results[i]?.name;
      if (name === undefined || !isFloat(tensor.dtype)) return [];
      const data = Array.from(tensor.data, () => Math.fround(normal(random)));
      return [[`cotangents.${name}`, tensorOf(tensor.dtype, tensor.shape, data)] as const];
    }),
  );
}

/** One case under the law. */
class Check {
  private readonly evaluation: Evaluation;
  private readonly lowered: LoweredDeclaration;
  private readonly seed: number;
  private readonly inputs: Values;
  private readonly variables: Values;
  private readonly weights: Values;
  private readonly results: readonly Tensor[];

  constructor(subject: LawSubject, lowered: LoweredDeclaration, drawn: Case) {
    this.evaluation = subject.evaluation(lowered);
    this.lowered = lowered;
    this.seed = drawn.seed;
    this.inputs = valuesOf(drawn);
    this.variables = this.evaluation.trained(drawn.seed);
    this.results = this.evaluation.run(forward, this.inputs, this.variables, this.seed);
    this.weights = cotangents(lowered, this.results, drawn.seed);
  }

  run(): Broken | undefined {
    const slopes = this.pulled();
    const random = seeded(this.seed + 3);
    const directions = new Map(
      [...slopes].map(([name, { shape, data }]) => [
        name,
        tensorOf(
          "f32",
          shape,
          Array.from(data, () => normal(random)),
        ),
      ]),
    );
    if (this.agrees(slopes, directions)) return undefined;
    // Something is wrong; the input or parameter that it is in is found one by one.
    for (const [name, direction] of directions)
      if (!this.agrees(slopes, new Map([[name, direction]]))) return this.worst(name, slopes);
    return undefined;
  }

  /** Gradients by the names that the backward pass gives: paths of parameters, `inputs.NAME`. */
  private pulled(): Values {
    const entry = this.evaluation.entry(backward);
    const given = new Map([...this.inputs, ...this.weights]);
    const values = this.evaluation.run(backward, given, this.variables, this.seed);
    return new Map(
      (entry?.program.outputs ?? []).flatMap(({ name }, i) => {
        const value = values[i];
        return value ? [[name, value] as const] : [];
      }),
    );
  }

  private agrees(slopes: Values, directions: Values): boolean {
    let along = 0;
    let size = 0;
    for (const [name, direction] of directions) {
      const slope = slopes.get(name);
      direction.data.forEach((d, i) => {
        const term = d * (slope?.data[i] ?? 0);
        along += term;
        size += Math.abs(term);
      });
    }
    const found = this.differences(directions);
    return found === undefined || isNear(along, found.value, size + found.scale * 1e-4);
  }

  /** The derivative along a direction by differences; undefined at a kink, where two widths give two answers. */
  private differences(
    directions: Values,
  ): { readonly value: number; readonly scale: number } | undefined {
    const [wide, narrow] = widths.map((h) => {
      const [up, down] = [h, -h].map((step) => this.total(directions, step));
      return { value: ((up?.sum ?? NaN) - (down?.sum ?? NaN)) / (2 * h), scale: up?.scale ?? 0 };
    });
    if (!wide || !narrow || !Number.isFinite(wide.value)) return undefined;
    const isSmooth = isNear(wide.value, narrow.value, Math.abs(wide.value) + wide.scale * 1e-3);
    return isSmooth ? wide : undefined;
  }

  /** The weighted sum of all results, at inputs and parameters moved along a direction. */
  private total(
    directions: Values,
    step: number,
  ): { readonly sum: number; readonly scale: number } {
    const moved = (values: Values, prefix: string): Values =>
      new Map(
        [...values].map(([name, value]) => {
          const direction = directions.get(prefix + name);
          if (!direction) return [name, value];
          const data = Array.from(value.data, (x, i) => x + step * (direction.data[i] ?? 0));
          return [name, tensorOf(value.dtype, value.shape, data)];
        }),
      );
    const results = this.evaluation.run(
      forward,
      moved(this.inputs, "inputs."),
      moved(this.variables, ""),
      this.seed,
    );
    let [sum, scale] = [0, 0];
    results.forEach((tensor, i) => {
      const weight = this.weights.get(`cotangents.${this.lowered.results[i]?.name ?? ""}`);
      tensor.data.forEach((x, place) => {
        const term = x * (weight?.data[place] ?? 0);
        sum += term;
        scale += Math.abs(term);
      });
    });
    return { sum, scale };
  }

  /** The element whose gradient is furthest from its differences. */
  private worst(name: string, slopes: Values): Broken {
    const slope = slopes.get(name);
    const what = name.startsWith("inputs.") ? name.slice("inputs.".length) : name;
    let worst = 0;
    let told = `the gradient of \`${what}\` disagrees with differences`;
    for (let place = 0; place < Math.min(slope?.data.length ?? 0, 64); place++) {
      if (!slope) break;
      const unit = new Array<number>(slope.data.length).fill(0);
      unit[place] = 1;
      const found = this.differences(new Map([[name, tensorOf("f32", slope.shape, unit)]]));
      const given = slope.data[place] ?? 0;
      if (!found || Math.abs(found.value - given) <= worst) continue;
      worst = Math.abs(found.value - given);
      const index = showIndex(slope.shape, place);
      const where = index === "" ? "" : ` at \`${index}\``;
      told = `the gradient of \`${what}\`${where} is \`${showNumber(given)}\`, differences give \`${showNumber(found.value)}\``;
    }
    return { what: told };
  }
}

/** To four digits of what they are sums of, which no mistake leaves right. */
const isNear = (a: number, b: number, scale: number): boolean =>
  Math.abs(a - b) <= 1e-7 + 1e-4 * scale;
