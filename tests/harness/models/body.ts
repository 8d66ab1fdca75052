// The body of a function under construction: what is in scope with its shape, and the statements, members and clauses so far.
import type { Choices } from "./choices.js";
import { holds, PACK, tidy, type Size } from "./sizes.js";

/** A tensor in scope. */
export interface Named {
  readonly name: string;
  readonly shape: readonly Size[];
  readonly dtype: "f32" | "i32" | "bool";
}

/** Something that later bodies can call: a function, or the `forward` of a layer. */
export interface Callee {
  readonly kind: "fn" | "layer";
  readonly name: string;
  /** Names of static dims that a use gives. */
  readonly statics: readonly string[];
  readonly params: readonly Named[];
  readonly results: readonly Named[];
  readonly clauses: readonly string[];
}

/** One statement, with what it depends on: what nothing needs is left out of the text. */
interface Step {
  readonly names: readonly string[];
  readonly lines: readonly string[];
  readonly uses: readonly string[];
  readonly members: readonly string[];
  readonly clauses: readonly string[];
}

/** What a body became: the parts that its results need. */
export interface Finished {
  readonly results: readonly Named[];
  readonly lines: readonly string[];
  readonly members: readonly string[];
  readonly clauses: readonly string[];
  /** Names of the parameters that are used. */
  readonly used: ReadonlySet<string>;
}

/** Collects statements; every move of the generator adds to it. */
export class Body {
  readonly tensors: Named[] = [];
  /** Sizes that a layer may be made with: static arguments. */
  readonly widths: readonly Size[];
  readonly callees: readonly Callee[];
  /** Whether there is a layer around it that can hold members. */
  readonly hasMembers: boolean;
  readonly #steps: Step[] = [];
  readonly #taken: Set<string>;
  #members: string[] = [];
  #clauses: string[] = [];

  constructor(from: {
    readonly params: readonly Named[];
    readonly widths: readonly Size[];
    readonly callees: readonly Callee[];
    readonly hasMembers: boolean;
  }) {
    this.tensors.push(...from.params);
    this.widths = from.widths;
    this.callees = from.callees;
    this.hasMembers = from.hasMembers;
    this.#taken = new Set(
      [...from.params, ...from.callees].map(({ name }) => name).concat(reserved),
    );
  }

  /** A name that nothing has yet. */
  fresh(name: string): string {
    let made = name;
    for (let i = 1; this.#taken.has(made); i++) made = `${name}_${String(i)}`;
    this.#taken.add(made);
    return made;
  }

  /** Demands clauses for the statement to come; false where one over numbers alone does not hold. */
  demand(...clauses: readonly string[]): boolean {
    this.#clauses.push(...clauses.filter((c) => !isLiteral(c)));
    return clauses.filter(isLiteral).every(holds);
  }

  /** Adds a member for the statement to come; its name. */
  member(name: string, value: string): string {
    const made = this.fresh(name);
    this.#members.push(`${made} = ${value}`);
    return made;
  }

  /** Adds a parameter for the statement to come; its name. */
  param(name: string, shape: readonly Size[], init: string, keyword = "param"): string {
    const made = this.fresh(name);
    this.#members.push(`${keyword} ${made}: [${shape.join(", ")}] = ${init}`);
    return made;
  }

  /** `let name = text`. */
  let(
    name: string,
    text: string,
    shape: readonly Size[],
    uses: readonly Named[],
    dtype: Named["dtype"] = "f32",
  ): Named {
    const made: Named = { name: this.fresh(name), shape: shape.map(tidy), dtype };
    this.statement([`let ${made.name} = ${text}`], [made], uses);
    return made;
  }

  /** A statement of any number of lines that binds names. */
  statement(lines: readonly string[], made: readonly Named[], uses: readonly Named[]): void {
    this.#steps.push({
      names: made.map((m) => m.name),
      lines,
      uses: uses.map((u) => u.name),
      members: this.#members,
      clauses: this.#clauses,
    });
    this.#members = [];
    this.#clauses = [];
    this.tensors.push(...made);
  }

  /** Forgets what was demanded for a statement that did not come. */
  abandon(): void {
    this.#members = [];
    this.#clauses = [];
  }

  /** A tensor that fits: the newest two times in three, else any. */
  find(choices: Choices, fits: (t: Named) => boolean): Named | undefined {
    const found = this.tensors.filter(fits);
    return choices.below(3) < 2 ? found.at(-1) : choices.pick(found);
  }

  /** A float tensor with at least this many axes that are not open. */
  float(choices: Choices, rank = 0, isOpen = true): Named | undefined {
    return this.find(choices, (t) => {
      const hasPack = t.shape.includes(PACK);
      return (
        t.dtype === "f32" && (isOpen || !hasPack) && t.shape.length - (hasPack ? 1 : 0) >= rank
      );
    });
  }

  /** The parts that these results need. */
  finish(results: readonly Named[]): Finished {
    const used = new Set(results.map((r) => r.name));
    const kept: Step[] = [];
    for (const step of [...this.#steps].reverse()) {
      if (!step.names.some((n) => used.has(n))) continue;
      for (const name of step.uses) used.add(name);
      kept.unshift(step);
    }
    return {
      results,
      lines: kept.flatMap((s) => s.lines),
      members: kept.flatMap((s) => s.members),
      clauses: [...new Set(kept.flatMap((s) => s.clauses))],
      used,
    };
  }
}

/** Names of the language that a model does not take for its own. */
const reserved = ["base", "forward", "training", "stack", "table", "i", "x"];

const isLiteral = (clause: string): boolean => !/[A-Za-z]/.test(clause);
