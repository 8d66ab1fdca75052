// Claims about dims as the text of a `where` clause, for tests that would drown in constructors otherwise.
import type { Expr } from "../../grammar/ast.js";
import { parse } from "../../grammar/index.js";
import { textOf } from "../../grammar/source.js";
import { either, negationOf, type Fact, type Relation } from "../../compiler/types/constraints.js";
import {
  add,
  ceilDiv,
  dim,
  floorDiv,
  int,
  max,
  min,
  mod,
  mul,
  negate,
  pow,
  sub,
  type Dim,
} from "../../compiler/types/dim.js";

const binary: Readonly<Record<string, (a: Dim, b: Dim) => Dim>> = {
  "+": add,
  "-": sub,
  "*": mul,
  "/": floorDiv,
  "%": mod,
  "**": pow,
};
const calls: Readonly<Record<string, (a: Dim, b: Dim) => Dim>> = { ceil_div: ceilDiv, max, min };
const relations: readonly string[] = ["==", "!=", "<=", "<", ">=", ">"] satisfies Relation[];

/** Reads claims; a name means the same size in all of them. */
export class Claims {
  readonly #names = new Map<string, Dim>();

  /** Lets a name stand for a dim, such as the index of a loop. */
  bind(name: string, value: Dim): this {
    this.#names.set(name, value);
    return this;
  }

  /** The size that a name stands for. */
  size(name: string): Dim {
    const known = this.#names.get(name) ?? dim(name);
    this.#names.set(name, known);
    return known;
  }

  /** `"D % H == 0 and T <= Tmax"` as facts that hold together. */
  facts(text: string): readonly Fact[] {
    return text === "" ? [] : this.#facts(clauseOf(text));
  }

  /** A claim that is one fact. */
  fact(text: string): Fact {
    const [only, ...others] = this.facts(text);
    if (!only || others.length > 0) throw new Error(`not one claim: ${text}`);
    return only;
  }

  /** An expression of sizes. */
  dim(text: string): Dim {
    return this.fact(`${text} == 0`).left;
  }

  #facts(e: Expr): readonly Fact[] {
    if (e.kind === "paren") return this.#facts(e.inner);
    if (e.kind === "unary") return negationOf(this.#facts(e.operand));
    if (e.kind !== "binary") throw new Error(`no claim: ${textOf(e.span)}`);
    const { operator, left, right } = e;
    if (operator === "and") return [...this.#facts(left), ...this.#facts(right)];
    if (operator === "or") return either([this.#facts(left), this.#facts(right)]);
    if (!isRelation(operator)) throw new Error(`no claim: ${textOf(e.span)}`);
    return [{ relation: operator, left: this.#dim(left), right: this.#dim(right) }];
  }

  #dim(e: Expr): Dim {
    switch (e.kind) {
      case "paren":
        return this.#dim(e.inner);
      case "number":
        return int(e.value);
      case "name":
        return this.size(e.name);
      case "unary":
        return negate(this.#dim(e.operand));
      case "binary":
        return applied(binary[e.operator], e, this.#dim(e.left), this.#dim(e.right));
      case "call": {
        const [a, b] = e.args.map((arg) => this.#dim(arg.value));
        return applied(calls[textOf(e.callee.span)], e, a, b);
      }
      default:
        throw new Error(`no size: ${textOf(e.span)}`);
    }
  }
}

function applied(
  operation: ((a: Dim, b: Dim) => Dim) | undefined,
  e: Expr,
  a: Dim | undefined,
  b: Dim | undefined,
): Dim {
  if (!operation || !a || !b) throw new Error(`no size: ${textOf(e.span)}`);
  return operation(a, b);
}

const isRelation = (operator: string): operator is Relation => relations.includes(operator);

function clauseOf(text: string): Expr {
  const { module, problems } = parse({ path: "claim.dl", text: `const c = ${text}` });
  const [decl] = module.items;
  if (problems.length > 0 || decl?.kind !== "const") throw new Error(`cannot read ${text}`);
  return decl.value;
}
