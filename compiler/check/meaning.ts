// What an expression means to the checker and the lowering: tensors in a graph, and everything static.
import type {
  Expr,
  FnDecl,
  Ident,
  LayerDecl,
  ParamMember,
  StateMember,
  AdapterDecl,
  OptimizerDecl,
  Pattern,
  DerivedModelDecl,
} from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import type { Value } from "../ir/op.js";
import type { Unit } from "../resolve/modules.js";
import type { Fact } from "../types/constraints.js";
import { constantOf, int, type Dim } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import { ScopeOf, type Bound as BoundOf } from "./scope.js";

/** Names visible at a place, and what they mean. */
export class Scope extends ScopeOf<Meaning> {}
export type Bound = BoundOf<Meaning>;

/** The result of evaluating an expression. */
export type Meaning =
  | { readonly kind: "tensor"; readonly value: Value }
  | NumberMeaning
  | BoolMeaning
  | { readonly kind: "dtype"; readonly dtype: Dtype }
  | {
      readonly kind: "tuple";
      readonly items: readonly Meaning[];
      readonly names?: readonly string[];
    }
  | { readonly kind: "list"; readonly items: readonly Meaning[] }
  /** A list whose length is symbolic; `at` evaluates its element for one index. */
  | { readonly kind: "repeated"; readonly length: Dim; at(index: Dim): Meaning }
  | { readonly kind: "range"; readonly start: Dim; readonly end: Dim }
  /** The dims that `...` stands for; a single pack symbol while checked for all ranks. */
  | { readonly kind: "pack"; readonly dims: readonly Dim[] }
  | { readonly kind: "type"; readonly dtype: Dtype; readonly shape: readonly Dim[] }
  | { readonly kind: "pattern"; readonly pattern: Pattern }
  | { readonly kind: "instance"; readonly instance: Instance }
  | { readonly kind: "callable"; readonly callable: Callable }
  /** One of two, by a condition that is not known yet. */
  | {
      readonly kind: "choice";
      readonly condition: Expr;
      readonly scope: Scope;
      readonly options: readonly [Meaning, Meaning];
    }
  | { readonly kind: "string"; readonly text: string }
  /** What a fault was already reported for; silences its consequences. */
  | { readonly kind: "unknown" };

/** A static condition; without `value` it is not known until the declaration is used. */
export interface BoolMeaning {
  readonly kind: "bool";
  readonly value?: boolean;
  readonly facts?: Claim;
}

/** What a condition says of sizes: where it holds, and where it does not. */
export interface Claim {
  readonly holds: readonly Fact[];
  readonly fails: readonly Fact[];
}

/** A static number: an integer (`dim`), or a float (`value`, absent while it is not known). */
export interface NumberMeaning {
  readonly kind: "number";
  readonly dim?: Dim;
  readonly value?: number;
  /** Numerator and denominator of a quotient of integers: exact where a float is wanted, floored where a dim is. */
  readonly ratio?: readonly [Dim, Dim];
}

export const UNKNOWN: Meaning = { kind: "unknown" };
export const NONE: Meaning = { kind: "string", text: "none" };
export const tensorOf = (value: Value): Meaning => ({ kind: "tensor", value });
export const dimNumber = (dim: Dim): NumberMeaning => ({ kind: "number", dim });
export const intNumber = (value: number): NumberMeaning => dimNumber(int(value));
export const floatNumber = (value?: number): NumberMeaning =>
  value === undefined ? { kind: "number" } : { kind: "number", value };

/** A condition that is known or open, with what it says of sizes. */
export const condition = (value: boolean | undefined, facts: Claim | undefined): BoolMeaning => ({
  kind: "bool",
  ...(value === undefined ? {} : { value }),
  ...(facts ? { facts } : {}),
});

/** The number as a float, when it is known. */
export function floatOf(n: NumberMeaning): number | undefined {
  if (n.ratio) {
    const [num, den] = n.ratio.map(constantOf);
    return num === undefined || den === undefined ? undefined : num / den;
  }
  return n.dim ? constantOf(n.dim) : n.value;
}

/** A quotient that was given a name is the floored integer. */
export const settle = (m: Meaning): Meaning =>
  m.kind === "number" && m.ratio && m.dim ? dimNumber(m.dim) : m;

/** The dimensions that a static argument is or holds. */
export function sizesIn(meaning: Meaning | undefined): readonly Dim[] {
  if (meaning?.kind === "tuple") return meaning.items.flatMap(sizesIn);
  return meaning?.kind === "number" && meaning.dim ? [meaning.dim] : [];
}

/** What can be called. */
export type Callable =
  | { readonly kind: "fn"; readonly decl: FnDecl; readonly scope: Scope; readonly self?: Instance }
  | {
      readonly kind: "lambda";
      readonly params: readonly Ident[];
      readonly body: Expr;
      readonly scope: Scope;
    }
  | { readonly kind: "layer"; readonly decl: LayerDecl; readonly unit: Unit }
  | { readonly kind: "derived"; readonly decl: DerivedModelDecl; readonly unit: Unit }
  | { readonly kind: "adapter"; readonly decl: AdapterDecl; readonly unit: Unit }
  | { readonly kind: "optimizer"; readonly decl: OptimizerDecl; readonly unit: Unit }
  | { readonly kind: "primitive"; readonly name: string }
  /** A call that left out its tensors: a function of them. */
  | { readonly kind: "partial"; readonly callable: Callable; readonly args: readonly GivenArg[] }
  | { readonly kind: "constant"; readonly number: NumberMeaning }
  /** A static argument of kind `fn` while its declaration is checked for all of them. */
  | { readonly kind: "opaque"; readonly name: string };

/** An argument at a call: an expression still to be evaluated, or what a pipe or another call has evaluated. */
export interface GivenArg {
  readonly name?: Ident;
  readonly span: Span;
  readonly expr?: { readonly node: Expr; readonly scope: Scope };
  readonly meaning?: Meaning;
}

export type InstanceDecl = LayerDecl | AdapterDecl | OptimizerDecl;

/** A layer, adapter or optimizer with its static arguments. Its members are evaluated when first asked for. */
export interface Instance {
  readonly decl: InstanceDecl;
  readonly unit: Unit;
  /** Member names from the root; `*` inside lists of symbolic length. */
  readonly path: readonly string[];
  /** Static arguments, and the names of the file behind them. */
  readonly scope: Scope;
  readonly members: Map<string, Meaning>;
  /** The layer that an adapter adapts. */
  readonly base?: Instance;
  readonly span: Span;
  /** Lines of the derived model that this is the root of, outermost last. */
  readonly derivations?: readonly { readonly decl: DerivedModelDecl; readonly unit: Unit }[];
}

/** A layer, parameter or state somewhere in a model. */
export type Place =
  | { readonly kind: "layer"; readonly path: readonly string[]; readonly instance: Instance }
  | {
      readonly kind: "parameter" | "state";
      readonly path: readonly string[];
      /** The layer that declares it. */
      readonly instance: Instance;
      readonly member: ParamMember | StateMember;
    };

/** What a meaning is, in the user's words. */
export function describe(m: Meaning): string {
  switch (m.kind) {
    case "tensor":
      return "a tensor";
    case "number":
      return m.dim ? "a dimension" : "a number";
    case "bool":
      return "a condition";
    case "instance":
      return `a \`${m.instance.decl.name.name}\``;
    case "callable":
      return m.callable.kind === "layer"
        ? `the layer \`${m.callable.decl.name.name}\``
        : "a function";
    case "repeated":
      return "a list";
    case "string":
      return m === NONE
        ? "nothing: a block without a value, or a member that its `if` leaves out"
        : "a string";
    case "choice":
      return "a conditional value";
    default:
      return `a ${m.kind}`;
  }
}

/** Under this name, which nobody can write, a scope knows the layer it belongs to. */
export const SELF = "%self";

/** The path of a member of a layer, as weight files spell it. */
export const pathOf = (instance: Instance, member: string): string =>
  [...instance.path, member].join(".");
