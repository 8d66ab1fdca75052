// Prints an expression as a `.dl` program: its leaves are the arguments of one function.
import {
  shapeText,
  type Custom,
  type Elements,
  type Expression,
  type Pullback,
  type Text,
} from "./expressions.js";
import { importsOf } from "./library.js";

/** A program and what its arguments are. */
export interface Printed {
  readonly text: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly of: Expression;
    readonly elements: Elements;
  }[];
}

/** Elements that were computed before and need no second computation. */
export type Known = (e: Expression) => Elements | undefined;

/** The program that computes an expression as its only result. */
export function print(result: Expression, known: Known): Printed {
  const program = new Program(known);
  const name = program.top.name(result);
  const args = program.inputs.map((i) => `${i.name}: ${typeText(i.of)}`).join(", ");
  const main = `fn program(${args}) -> ${typeText(result)} {\n${program.top.lines("  ")}  ${name}\n}\n`;
  const body = [...program.functions, main].join("\n");
  return { text: `${importsOf(body)}${body}`, inputs: program.inputs };
}

const typeText = (e: Expression): string => shapeText(e.shape, e.dtype);

/** What one program declares. */
class Program {
  readonly functions: string[] = [];
  readonly inputs: { name: string; of: Expression; elements: Elements }[] = [];
  readonly top: Scope;
  readonly known: Known;
  #names = 0;

  constructor(known: Known) {
    this.known = known;
    this.top = new Scope(this, undefined, 0, new Map());
  }

  fresh(letter: string): string {
    return `${letter}${String(this.#names++)}`;
  }

  input(of: Expression, elements: Elements): string {
    const name = this.fresh("x");
    this.inputs.push({ name, of, elements });
    return name;
  }
}

/** The statements of one function or lambda; what was recorded before it was traced belongs to the scope around it. */
class Scope {
  readonly #program: Program;
  readonly #outer: Scope | undefined;
  readonly #since: number;
  readonly #names: Map<Expression, string>;
  readonly #statements: string[] = [];

  constructor(
    program: Program,
    outer: Scope | undefined,
    since: number,
    bound: Map<Expression, string>,
  ) {
    this.#program = program;
    this.#outer = outer;
    this.#since = since;
    this.#names = bound;
  }

  lines(indent: string): string {
    return this.#statements.map((line) => `${indent}${line}\n`).join("");
  }

  /** The name of an expression here; what it needs is declared first. */
  name(e: Expression): string {
    const bound = this.#names.get(e);
    if (bound !== undefined) return bound;
    if (this.#outer && e.number < this.#since) return this.#outer.name(e);
    const name = this.#isTop() ? this.#computed(e) : this.#inner(e);
    this.#names.set(e, name);
    return name;
  }

  #isTop(): boolean {
    return this === this.#program.top;
  }

  /** Leaves, and what was computed before, are arguments of the program. */
  #computed(e: Expression): string {
    const elements = e.form.kind === "leaf" ? e.form.elements : this.#program.known(e);
    return elements ? this.#program.input(e, elements) : this.#declare(e);
  }

  /** A function cannot have arguments of its own: its leaves belong to the scope around it. */
  #inner(e: Expression): string {
    return e.form.kind === "leaf" && this.#outer ? this.#outer.name(e) : this.#declare(e);
  }

  #declare(e: Expression): string {
    const { form } = e;
    if (form.kind === "member") return this.#member(form.of, form.index);
    const value = this.#value(e);
    const arity =
      form.kind === "tuple" ? form.arity : form.kind === "pullback" ? form.pullback.wrt.length : 1;
    const names = Array.from({ length: arity }, () => this.#program.fresh("v"));
    const pattern = arity === 1 ? (names[0] ?? "") : `(${names.join(", ")})`;
    this.#statements.push(`let ${pattern} = ${value}`);
    return names.join(",");
  }

  #member(of: Expression, index: number): string {
    return this.name(of).split(",")[index] ?? "";
  }

  #value(e: Expression): string {
    switch (e.form.kind) {
      case "text":
      case "tuple":
        return this.#text(e.form.text);
      case "pullback":
        return this.#pullback(e.form.pullback);
      case "custom":
        return this.#custom(e.form.custom);
      default:
        throw new Error(`${e.form.kind} has no value of its own`);
    }
  }

  #text({ parts, operands }: Text): string {
    const names = operands.map((operand) => this.name(operand));
    return parts.map((part, i) => part + (names[i] ?? "")).join("");
  }

  #pullback({ output, wrt, cotangent, since }: Pullback): string {
    const args = wrt.map((e) => this.name(e));
    const seed = this.name(cotangent);
    const params = wrt.map(() => this.#program.fresh("p"));
    const inner = new Scope(
      this.#program,
      this,
      since,
      new Map(wrt.map((e, i) => [e, params[i] ?? ""])),
    );
    const body = inner.name(output);
    const one = wrt.length === 1;
    const [formal, actual] = [params.join(", "), args.join(", ")];
    return `vjp((${formal}) => {\n${inner.lines("    ")}    ${body}\n  }, ${one ? actual : `(${actual})`}, ${seed})`;
  }

  /** A function of the file with a pullback of its own; what both close over is passed along. */
  #custom({ inputs, output, cotangent, pullbacks, since }: Custom): string {
    const name = this.#program.fresh("custom_");
    const outside = closure([output, ...pullbacks], new Set([...inputs, cotangent]), since);
    const all = [...inputs, ...outside];
    const params = all.map(() => this.#program.fresh("c"));
    const bind = (): Map<Expression, string> => new Map(all.map((e, i) => [e, params[i] ?? ""]));
    const typed = all.map((e, i) => `${params[i] ?? ""}: ${typeText(e)}`).join(", ");
    const forward = new Scope(this.#program, undefined, 0, bind());
    const value = forward.name(output);
    const back = new Scope(this.#program, undefined, 0, bind().set(cotangent, "ct"));
    const floats = all.filter((e) => e.dtype === "f32");
    const given = floats.map((e) => {
      const pulled = pullbacks[inputs.indexOf(e)];
      return pulled ? back.name(pulled) : `zeros_like(${params[all.indexOf(e)] ?? ""})`;
    });
    const result = given.length === 1 ? (given[0] ?? "") : `(${given.join(", ")})`;
    const types = floats.map((e, i) =>
      floats.length === 1 ? typeText(e) : `d${String(i)}: ${typeText(e)}`,
    );
    const backType = floats.length === 1 ? (types[0] ?? "") : `(${types.join(", ")})`;
    this.#program.functions.push(
      `fn ${name}_back(${typed}, ct: ${typeText(cotangent)}) -> ${backType} {\n${back.lines("  ")}  ${result}\n}\n`,
      `@vjp(${name}_back)\nfn ${name}(${typed}) -> ${typeText(output)} {\n${forward.lines("  ")}  ${value}\n}\n`,
    );
    return `${name}(${all.map((e) => this.name(e)).join(", ")})`;
  }
}

/** What expressions need from outside: leaves, and all that was recorded before. */
function closure(
  roots: readonly Expression[],
  bound: ReadonlySet<Expression>,
  since: number,
): Expression[] {
  const found = new Set<Expression>();
  const seen = new Set<Expression>();
  const visit = (e: Expression): void => {
    if (bound.has(e) || seen.has(e)) return;
    seen.add(e);
    if (e.form.kind === "leaf" || e.number < since) found.add(e);
    else operandsOf(e).forEach(visit);
  };
  roots.forEach(visit);
  return [...found];
}

/** The expressions that one expression is computed from. */
export function operandsOf({ form }: Expression): readonly Expression[] {
  switch (form.kind) {
    case "leaf":
      return [];
    case "text":
    case "tuple":
      return form.text.operands;
    case "member":
      return [form.of];
    case "pullback":
      return [form.pullback.output, ...form.pullback.wrt, form.pullback.cotangent];
    case "custom":
      return form.custom.inputs;
  }
}
