// Lowers functions to programs: their tensors become leaves, their clauses guards, their results outputs.
import type { FnDecl } from "../../grammar/ast.js";
import { isTensorParam } from "../check/arguments.js";
import { checkResult } from "../check/results.js";
import type { Context } from "../check/context.js";
import {
  UNKNOWN,
  tensorOf,
  type GivenArg,
  type Instance,
  type Meaning,
  Scope,
} from "../check/meaning.js";
import { bindStatics } from "../check/instances.js";
import { asTensor } from "../check/operators.js";
import { assumed, sizeFacts } from "../check/obligations.js";
import { evaluateType, type Signature as OpenSignature } from "../check/types.js";
import type { Value } from "../ir/op.js";
import type { GuardSpec, InputSpec, Output, Signature } from "../ir/program.js";
import type { Fact } from "../types/constraints.js";
import { same, symsOf, type Dim, type Sym } from "../types/dim.js";

/** A function with its arguments bound to leaves. */
export interface Bound {
  readonly scope: Scope;
  readonly open: OpenSignature;
  readonly inputs: readonly InputSpec[];
  readonly facts: readonly Fact[];
}

/** Makes a leaf of each tensor parameter; parameters of kind dim become free dims where nothing gives them. */
export function bindInputs(
  ctx: Context,
  decl: Pick<FnDecl, "name" | "params" | "where">,
  parent: Scope,
  statics: readonly GivenArg[] = [],
): Bound | undefined {
  const params = decl.params.filter(
    (p) => !isTensorParam(p) && p.annotation?.kind !== "layer-type",
  );
  const bound = bindStatics(ctx, decl.name.name, params, parent, statics, decl.name.span);
  if (!bound) return undefined;
  const open: OpenSignature = { scope: new Scope(bound), free: new Set(), isOpen: true };
  const inputs: InputSpec[] = [];
  for (const param of decl.params.filter(isTensorParam)) {
    const type = param.annotation && evaluateType(ctx, open, param.annotation);
    if (!type) return undefined;
    const role = type.shape.length === 0 ? "scalar" : "input";
    ctx.facts = ctx.facts.with(sizeFacts(type.shape));
    const spec: InputSpec = { name: param.name.name, role, ...type };
    ctx.graph.at = [param.span];
    const value = ctx.leaf(spec);
    ctx.remember(value, { span: param.name.span, text: param.name.name });
    open.scope.bind(param.name.name, tensorOf(value), param.name.span);
    inputs.push(spec);
  }
  ctx.graph.at = [];
  open.isOpen = false;
  const facts = assumed(ctx, decl.where, open.scope);
  ctx.facts = ctx.facts.with(facts);
  return { scope: open.scope, open, inputs, facts };
}

/** Evaluates the body; the results by name, `out` where there is one without. Undefined after a fault. */
export function evaluateResults(
  ctx: Context,
  decl: FnDecl,
  bound: Bound,
  scope: Scope,
  self?: Instance,
): readonly Output[] | undefined {
  const value = ctx.within({ kind: "fn", decl, scope, ...(self ? { self } : {}) }, () =>
    checkResult(ctx, { decl }, { signature: bound.open }, ctx.evaluate(bound.scope, decl.body)),
  );
  return resultsOf(ctx, decl, value);
}

function resultsOf(ctx: Context, decl: FnDecl, value: Meaning): readonly Output[] | undefined {
  const named =
    value.kind === "tuple"
      ? value.items.map((item, i) => [value.names?.[i] ?? "", item] as const)
      : [["", value] as const];
  const outputs: Output[] = [];
  for (const [i, [name, item]] of named.entries()) {
    const tensor =
      item.kind === "unknown" || item === UNKNOWN
        ? undefined
        : asTensor(ctx, item, ctx.float, decl.body.span);
    if (!tensor) return undefined;
    const fallback = named.length === 1 ? "out" : `out${String(i)}`;
    outputs.push({ name: name === "" ? fallback : name, role: "result", value: tensor });
  }
  return outputs;
}

/** The states that were written, as outputs. */
export const stateOutputs = (ctx: Context): readonly Output[] =>
  [...ctx.states].map(([name, value]) => ({ name, role: "state" as const, value }));

/** What a caller must know of a program with these inputs. */
export function signatureOf(
  ctx: Context,
  inputs: readonly InputSpec[],
  facts: readonly Fact[],
): Signature {
  const symbols = new Set<Sym>();
  for (const { shape } of inputs) for (const d of shape) symsOf(d, symbols);
  const bounds = indexBounds(ctx);
  const scalars = [...ctx.leaves.values()].flatMap((v): InputSpec[] => {
    const spec = v.attrs as InputSpec;
    return spec.role === "scalar" && !inputs.some((i) => i.name === spec.name) ? [spec] : [];
  });
  return {
    symbols: [...symbols],
    inputs: [...inputs, ...scalars].map((spec) => {
      const below = bounds.get(spec.name);
      return below ? { ...spec, below } : spec;
    }),
    guards: [...facts, ...ctx.guards].map(guardOf),
  };
}

/** The exclusive bound of each integer input that indexes something, found through views of it. */
function indexBounds(ctx: Context): Map<string, Dim> {
  const bounds = new Map<string, Dim>();
  for (const value of ctx.graph.values) {
    for (const { operand, below } of value.op.indexes?.(value.operands.map((v) => v.type)) ?? []) {
      const spec = leafUnder(value.operands[operand]);
      const known = spec && bounds.get(spec.name);
      if (spec && (!known || same(known, below))) bounds.set(spec.name, below);
    }
  }
  return bounds;
}

function leafUnder(value: Value | undefined): InputSpec | undefined {
  if (!value) return undefined;
  if (value.op.lower.kind === "leaf") {
    const spec = value.attrs as InputSpec;
    return spec.role === "input" || spec.role === "scalar" ? spec : undefined;
  }
  return value.op.lower.kind === "view" && value.operands.length === 1
    ? leafUnder(value.operands[0])
    : undefined;
}

/** A fact as a guard: `a > b` is `b < a`. */
export function guardOf(fact: Fact): GuardSpec {
  const { relation, left, right } = fact;
  const isTurned = relation === ">" || relation === ">=";
  const turned = relation === ">" ? "<" : relation === ">=" ? "<=" : relation;
  return {
    relation: turned,
    left: isTurned ? right : left,
    right: isTurned ? left : right,
    text: fact.text ?? "",
    ...(fact.span ? { span: fact.span } : {}),
  };
}
