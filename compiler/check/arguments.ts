// Matches the arguments of a call with parameters, and brings static arguments to their kind.
import type { Arg, Expr, Parameter } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, nearest } from "../diagnostics/index.js";
import type { Context } from "./context.js";
import { evaluate } from "./expressions.js";
import {
  UNKNOWN,
  describe,
  floatNumber,
  floatOf,
  settle,
  type GivenArg,
  type Meaning,
} from "./meaning.js";
import type { Scope } from "./scope.js";

/** The kinds of static arguments; `tuple` and `any` follow from a default. */
export type StaticKind = "dim" | "float" | "bool" | "dtype" | "fn" | "layer" | "tuple" | "any";

export const givenArgs = (scope: Scope, args: readonly Arg[]): GivenArg[] =>
  args.map(({ name, value, span }) => ({
    ...(name ? { name } : {}),
    span,
    expr: { node: value, scope },
  }));

/** What an argument means; expressions are evaluated now. */
export function meaningOf(ctx: Context, arg: GivenArg): Meaning {
  if (arg.meaning) return arg.meaning;
  return arg.expr ? evaluate(ctx, arg.expr.scope, arg.expr.node) : UNKNOWN;
}

/** What a list of parameters looks like to the matching of arguments. */
export interface Named {
  readonly name: string;
  readonly isRequired: boolean;
}

/** Positional, then named. Returns undefined after a fault; parameters without an argument are absent from the map. */
export function matchArgs(
  ctx: Context,
  callee: string,
  params: readonly Named[],
  args: readonly GivenArg[],
  span: Span,
  mayLeaveOut: (param: string) => boolean = () => false,
): Map<string, GivenArg> | undefined {
  const matched = new Map<string, GivenArg>();
  let position = 0;
  let isFine = true;
  for (const arg of args) {
    const param = arg.name ? params.find((p) => p.name === arg.name?.name) : params[position++];
    if (!param) {
      isFine = false;
      const near = arg.name
        ? nearest(
            arg.name.name,
            params.map((p) => p.name),
          )
        : [];
      ctx.report(
        arg.name
          ? names.unknownArgument({ name: arg.name.name, callee, at: arg.name.span, near })
          : names.tooManyArguments({
              callee,
              at: arg.span,
              allowed: params.length,
              given: args.length,
            }),
      );
      if (!arg.name) break;
    } else if (matched.has(param.name)) {
      isFine = false;
      ctx.report(names.duplicateArgument({ name: param.name, callee, at: arg.span }));
    } else matched.set(param.name, arg);
  }
  for (const { name, isRequired } of isFine ? params : []) {
    if (matched.has(name) || !isRequired || mayLeaveOut(name)) continue;
    isFine = false;
    ctx.report(names.missingArgument({ name, callee, at: span }));
  }
  return isFine ? matched : undefined;
}

/** The kind of a static parameter: as annotated, else as its default literal says, else a dimension. */
export function staticKindOf(param: Parameter): StaticKind {
  const type = param.annotation;
  if (type?.kind === "kind") return type.name;
  return param.value ? kindOfLiteral(param.value) : "dim";
}

function kindOfLiteral(value: Expr): StaticKind {
  switch (value.kind) {
    case "bool":
      return "bool";
    case "number":
      return value.isInteger ? "dim" : "float";
    case "unary":
      return value.operator === "not" ? "bool" : kindOfLiteral(value.operand);
    case "paren":
      return kindOfLiteral(value.inner);
    case "tuple":
    case "list":
      return "tuple";
    case "lambda":
      return "fn";
    default:
      return "dim";
  }
}

const EXPECTED: Readonly<Record<StaticKind, string>> = {
  dim: "a dimension",
  float: "a number",
  bool: "`true` or `false`",
  dtype: "a dtype",
  fn: "a function",
  layer: "a layer",
  tuple: "a tuple",
  any: "a static value",
};

/** Brings a static argument to the kind of its parameter; reports and yields unknown where that cannot be. */
export function coerceStatic(
  ctx: Context,
  kind: StaticKind,
  meaning: Meaning,
  span: Span,
): Meaning {
  const fitting = fit(kind, meaning);
  if (fitting) return fitting;
  return ctx.report(
    names.wrongKind({ at: span, expected: EXPECTED[kind], found: describe(meaning) }),
  );
}

function fit(kind: StaticKind, m: Meaning): Meaning | undefined {
  if (m.kind === "unknown") return m;
  switch (kind) {
    case "dim":
      return m.kind === "number" && m.dim ? settle(m) : undefined;
    case "float":
      return m.kind === "number" ? asFloat(floatOf(m)) : undefined;
    case "bool":
    case "dtype":
      return m.kind === kind ? m : undefined;
    case "fn":
      if (m.kind === "callable" || m.kind === "instance") return m;
      return m.kind === "number"
        ? { kind: "callable", callable: { kind: "constant", number: m } }
        : undefined;
    case "layer":
      return m.kind === "instance" || m.kind === "callable" || m.kind === "choice" ? m : undefined;
    case "tuple":
      return m.kind === "tuple" || m.kind === "list" || m.kind === "number" ? m : undefined;
    case "any":
      return m.kind === "tensor" ? undefined : settle(m);
  }
}

const asFloat = (value: number | undefined): Meaning => floatNumber(value);

/** A static argument that stands for all of its values, while its declaration is checked. */
export function genericStatic(kind: StaticKind, name: string, dim: () => Meaning): Meaning {
  switch (kind) {
    case "dim":
      return dim();
    case "float":
      return floatNumber();
    case "bool":
      return { kind: "bool" };
    case "dtype":
      return { kind: "dtype", dtype: "f32" };
    case "fn":
    case "layer":
      return { kind: "callable", callable: { kind: "opaque", name } };
    case "tuple":
    case "any":
      return UNKNOWN;
  }
}
