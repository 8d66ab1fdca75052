// Matches the arguments of a call with parameters, and brings static arguments to their kind.
import type { Arg, Expr, Parameter } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { names, shapes } from "../diagnostics/index.js";
import { constantOf } from "../types/dim.js";
import type { Context } from "./context.js";
import {
  UNKNOWN,
  describe,
  floatNumber,
  floatOf,
  settle,
  sizesIn,
  type GivenArg,
  type Meaning,
  type Scope,
} from "./meaning.js";

/** The kinds of static arguments; `dims` is written `(dim, dim)`, `tuple` and `any` follow from a default. */
export type StaticKind =
  "dim" | "dims" | "float" | "bool" | "dtype" | "fn" | "layer" | "tuple" | "any";

export const givenArgs = (scope: Scope, args: readonly Arg[]): GivenArg[] =>
  args.map(({ name, value, span }) => ({
    ...(name ? { name } : {}),
    span,
    expr: { node: value, scope },
  }));

/** What an argument means; expressions are evaluated now. */
export function meaningOf(ctx: Context, arg: GivenArg): Meaning {
  if (arg.meaning) return arg.meaning;
  return arg.expr ? ctx.evaluate(arg.expr.scope, arg.expr.node) : UNKNOWN;
}

/** The result of a call that was refused; what is wrong inside of its arguments is a mistake of its own. */
export function unknownAfter(ctx: Context, args: readonly GivenArg[]): Meaning {
  for (const arg of args) meaningOf(ctx, arg);
  return UNKNOWN;
}

/** Where the value of an argument stands, without its name. */
export const valueSpan = (arg: GivenArg): Span => arg.expr?.node.span ?? arg.span;

/** What a list of parameters looks like to the matching of arguments. */
export interface Named {
  readonly name: string;
  readonly isRequired: boolean;
}

/** A list of parameters under the name of what is called, for messages. */
export interface Callee {
  readonly name: string;
  readonly params: readonly Named[];
  readonly span: Span;
}

/** Positional, then named. Returns undefined after a fault; parameters without an argument are absent from the map. */
export function matchArgs(
  ctx: Context,
  callee: Callee,
  args: readonly GivenArg[],
  mayLeaveOut: (param: string) => boolean = () => false,
): Map<string, GivenArg> | undefined {
  const matched = new Map<string, GivenArg>();
  let position = 0;
  let isFine = true;
  for (const arg of args) {
    const param = arg.name
      ? callee.params.find((p) => p.name === arg.name?.name)
      : callee.params[position++];
    if (param && !matched.has(param.name)) matched.set(param.name, arg);
    else {
      isFine = false;
      refuseArg(ctx, callee, arg, param, args.length);
      if (!param && !arg.name) break;
    }
  }
  if (!isFine) return undefined;
  const missing = callee.params.filter(
    (p) => p.isRequired && !matched.has(p.name) && !mayLeaveOut(p.name),
  );
  if (missing.length > 0) {
    const wanted = missing.map((p) => p.name);
    ctx.report(names.missingArguments({ names: wanted, callee: callee.name, at: callee.span }));
  }
  return missing.length === 0 ? matched : undefined;
}

function refuseArg(
  ctx: Context,
  { name: callee, params }: Callee,
  arg: GivenArg,
  param: Named | undefined,
  given: number,
): void {
  if (param) {
    ctx.report(names.duplicateArgument({ name: param.name, callee, at: arg.span }));
  } else if (arg.name) {
    const { name, span } = arg.name;
    const near = params.map((p) => p.name);
    ctx.report(names.unknownArgument({ name, callee, at: span, near }));
  } else {
    ctx.report(names.tooManyArguments({ callee, at: arg.span, allowed: params.length, given }));
  }
}

/** The kind of a static parameter: as annotated, else as its default literal says, else a dimension. */
export function staticKindOf(param: Parameter): StaticKind {
  const type = param.annotation;
  if (type?.kind === "kind") return type.name;
  if (partsOf(param) !== undefined) return "dims";
  return param.value ? kindOfLiteral(param.value) : "dim";
}

/** How many dimensions a parameter of kind `(dim, dim)` takes; undefined where it is of another kind. */
export function partsOf({ annotation }: Parameter): number | undefined {
  if (annotation?.kind !== "tuple-type") return undefined;
  const areDims = annotation.fields.every(
    ({ name, type }) => !name && type.kind === "kind" && type.name === "dim",
  );
  return areDims ? annotation.fields.length : undefined;
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
  dims: "a dimension, or a tuple of them",
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
  wanted?: { readonly param: string; readonly callee: string },
): Meaning {
  const fitting = fit(kind, meaning);
  if (fitting) return fitting;
  const expected = EXPECTED[kind];
  const found = describe(meaning);
  return ctx.report(names.wrongKind({ at: span, expected, found, ...(wanted ? { wanted } : {}) }));
}

function fit(kind: StaticKind, m: Meaning): Meaning | undefined {
  return m.kind === "unknown" ? m : fits[kind](m);
}

const dimIn = (m: Meaning): Meaning | undefined =>
  m.kind === "number" && m.dim ? settle(m) : undefined;

/** What a meaning becomes as a static of each kind; undefined where it cannot. */
const fits: Readonly<Record<StaticKind, (m: Meaning) => Meaning | undefined>> = {
  dim: dimIn,
  dims: (m) => {
    if (m.kind !== "tuple" && m.kind !== "list") return dimIn(m);
    const items = m.items.flatMap((item) => dimIn(item) ?? []);
    return items.length === m.items.length ? { kind: "tuple", items } : undefined;
  },
  float: (m) => (m.kind === "number" ? floatNumber(floatOf(m)) : undefined),
  bool: (m) => (m.kind === "bool" ? m : undefined),
  dtype: (m) => (m.kind === "dtype" ? m : undefined),
  fn: (m) => {
    if (m.kind === "callable" || m.kind === "instance") return m;
    return m.kind === "number"
      ? { kind: "callable", callable: { kind: "constant", number: m } }
      : undefined;
  },
  layer: (m) => (["instance", "callable", "choice"].includes(m.kind) ? m : undefined),
  tuple: (m) => (["tuple", "list"].includes(m.kind) ? m : undefined),
  any: (m) => (m.kind === "tensor" ? undefined : settle(m)),
};

/** A static argument that stands for all of its values, while its declaration is checked; `dim` makes a size under a name. */
export function genericStatic(
  param: Parameter,
  kind: StaticKind,
  dim: (name: string) => Meaning,
): Meaning {
  const name = param.name.name;
  switch (kind) {
    case "dim":
      return dim(name);
    case "dims": {
      const places = Array.from({ length: partsOf(param) ?? 0 }, (_, i) => String(i));
      return { kind: "tuple", items: places.map((i) => dim(`${name}[${i}]`)) };
    }
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

/** Whether a parameter of a function is a tensor: annotations that are kinds make it static. */
export const isTensorParam = (param: Parameter): boolean =>
  param.annotation !== undefined &&
  ["tensor-type", "like", "tuple-type"].includes(param.annotation.kind) &&
  partsOf(param) === undefined;

/** The kind of a static parameter where its layer can be looked up; one that nothing declares stands for anything. */
export function kindIn(scope: Scope, param: Parameter): StaticKind {
  const type = param.annotation;
  if (type?.kind !== "layer-type") return staticKindOf(param);
  return scope.lookup(type.name.name) ? "layer" : "any";
}

/** Binds one static parameter, or its default. */
export function bindStatic(
  ctx: Context,
  scope: Scope,
  param: Parameter,
  arg: GivenArg | undefined,
  callee: string,
): boolean {
  const kind = kindIn(scope, param);
  const at = placeOfValue(param, arg);
  const inPath = kind === "layer" ? [...ctx.path, param.name.name] : ctx.path;
  const meaning = ctx.under(inPath, () =>
    arg ? meaningOf(ctx, arg) : param.value ? ctx.evaluate(scope, param.value) : UNKNOWN,
  );
  const wanted = { param: param.name.name, callee };
  const coerced = sized(ctx, param, coerceStatic(ctx, kind, meaning, at, wanted), at, wanted);
  scope.bind(param.name.name, coerced, param.name.span);
  const written = arg ? arg.expr : param.value && { node: param.value, scope };
  if (written) scope.trace(param.name.name, { ...written, callee, isDefault: !arg });
  return coerced.kind !== "unknown" || kind === "any" || kind === "tuple";
}

/** Where the value of a parameter is written: at the call, else as its default. */
const placeOfValue = (param: Parameter, arg: GivenArg | undefined): Span =>
  (arg && valueSpan(arg)) ?? param.value?.span ?? param.span;

/** Refuses a negative number for a size of a layer; a default that is negative says that any integer will do. */
export function isSizeFor(
  ctx: Context,
  scope: Scope,
  { name, value }: Parameter,
  arg: GivenArg | undefined,
  callee: string,
): boolean {
  const meaning = scope.lookup(name.name)?.meaning;
  const size = sizesIn(meaning).find((dim) => (constantOf(dim) ?? 0) < 0);
  if (!arg || !size || value?.kind === "unary") return true;
  const wanted = { param: name.name, callee };
  ctx.report(shapes.negativeSize({ at: valueSpan(arg), size, facts: ctx.facts, wanted }));
  return false;
}

/** A tuple has as many parts as its kind, or as the default of its parameter; one dimension stands for each of `(dim, dim)`. */
function sized(
  ctx: Context,
  param: Parameter,
  meaning: Meaning,
  at: Span,
  wanted: { readonly param: string; readonly callee: string },
): Meaning {
  const { value } = param;
  const dims = partsOf(param);
  if (dims !== undefined && meaning.kind === "number")
    return { kind: "tuple", items: Array.from({ length: dims }, () => meaning) };
  const parts = dims ?? (value?.kind === "tuple" ? value.items.length : undefined);
  if (parts === undefined || (meaning.kind !== "tuple" && meaning.kind !== "list")) return meaning;
  if (meaning.items.length === parts) return meaning;
  const expected = `${String(parts)} values`;
  const found = `${String(meaning.items.length)} of them`;
  return ctx.report(names.wrongKind({ at, expected, found, wanted }));
}
