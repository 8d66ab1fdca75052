// A function of a declaration as something that laws are tried on: its variables, and for each choice of them its passes.
import type { Attribute, FnDecl, Item, Parameter, TypeExpr } from "../../grammar/ast.js";
import type { Span } from "../../grammar/source.js";
import { isTensorParam } from "../check/arguments.js";
import type { Context } from "../check/context.js";
import { bindSignature } from "../check/declarations.js";
import { openContext } from "../check/evaluator.js";
import { memberOf, moduleScope } from "../check/instances.js";
import { isLaw, type LawName } from "../check/law-names.js";
import {
  UNKNOWN,
  tensorOf,
  type GivenArg,
  type Instance,
  type Meaning,
  Scope,
} from "../check/meaning.js";
import { assumed, sizeFacts } from "../check/obligations.js";
import { asTensor } from "../check/operators.js";
import { placesOf } from "../check/selectors.js";
import { evaluateType, type Signature } from "../check/types.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Compiled, Entry, InputSpec, LeafSpec, Output } from "../ir/program.js";
import { concreteContext } from "../lower/concrete.js";
import { signatureOf } from "../lower/entries.js";
import { differentiate } from "../lower/index.js";
import { specsOf } from "../lower/variables.js";
import type { Library, Unit } from "../resolve/modules.js";
import type { Fact } from "../types/constraints.js";
import { symOf, type Dim, type Sym } from "../types/dim.js";
import { isFloat } from "../types/dtype.js";
import { compiledFrom, givenInputs } from "./compiled.js";
import { homeOf, type GenericHome, type Home } from "./homes.js";
import { meaningOf } from "./property.js";
import { staticArgs, staticVariables } from "./statics.js";
import type { Assignment, Lowering, Named, Space, Variable } from "./subject.js";

/** A function of a declaration, of which laws are tried. */
export interface Declaration extends Space, Named {
  readonly kind: "fn" | Home["kind"];
  readonly fn: FnDecl;
  /** The shapes of its tensors, by the names of the inputs. */
  readonly inputs: ReadonlyMap<string, readonly Dim[]>;
  /** What its `where` clauses say. */
  readonly clauses: readonly Fact[];
  /** The leading size of inputs and results that stands for rows of a batch. */
  readonly rows: Sym | undefined;
  /** The declared shapes of the results; undefined where the signature says none. */
  readonly results: readonly (readonly Dim[])[] | undefined;
  /** Laws that the declaration leaves out, with the reason it gives. */
  readonly skips: ReadonlyMap<LawName, string>;
  lower(assignment: Assignment): Lowering<LoweredDeclaration>;
}

/** A function for one choice of sizes. */
export interface LoweredDeclaration {
  /** The entries of `declarationEntries`; `backward` only where something can be differentiated, `base` for adapters. */
  readonly compiled: Compiled;
  readonly inputs: readonly InputSpec[];
  /** Results of `forward`, in order. */
  readonly results: readonly Output[];
  /** Whether something in it lets no gradient through on purpose. */
  readonly isCut: boolean;
}

/** The entries of what a declaration is lowered to. */
export const declarationEntries = {
  forward: "forward",
  backward: "backward",
  base: "base",
} as const;

/** Something that laws are tried on, or why it is not. */
export type Opened =
  | { readonly ok: true; readonly declaration: Declaration }
  | { readonly ok: false; readonly named: Named; readonly reason: string };

/** The functions of a top-level declaration. */
export function openDeclarations(library: Library, unit: Unit, item: Item): readonly Opened[] {
  switch (item.kind) {
    case "fn":
      return [open(library, unit, { fn: item, attributes: item.attributes, span: item.name.span })];
    case "layer":
    case "derived-model":
    case "adapter":
    case "optimizer": {
      const home = homeOf(openContext(library, []), unit, item);
      return (home?.functions ?? []).map((fn) =>
        open(library, unit, {
          fn,
          home,
          attributes: [...item.attributes, ...fn.attributes],
          // The functions of a derived model are written elsewhere.
          span: item.kind === "derived-model" ? item.name.span : fn.name.span,
        }),
      );
    }
    default:
      return [];
  }
}

/** A function where it lives. */
interface Subject {
  readonly fn: FnDecl;
  readonly home?: Home | undefined;
  readonly attributes: readonly Attribute[];
  /** Where it is declared. */
  readonly span: Span;
}

function titleOf({ fn, home }: Subject): string {
  if (!home) return `fn ${fn.name.name}`;
  return fn.name.name === "forward" ? home.title : `${home.title}.${fn.name.name}`;
}

function open(library: Library, unit: Unit, subject: Subject): Opened {
  const { fn, home } = subject;
  const named: Named = { title: titleOf(subject), span: subject.span };
  if (!home && isInitialiser(fn)) return { ok: false, named, reason: "it is an initialiser" };
  const ctx = openContext(library, []);
  const generic = home?.generic(ctx);
  if (home && !generic) return { ok: false, named, reason: "it has no layer behind it" };
  const signature = bindSignature(ctx, fn, parentOf(ctx, unit, generic));
  const statics = staticsOf(subject, generic, signature);
  if ("reason" in statics) return { ok: false, named, ...statics };
  const inputs = tensorShapes(fn, signature);
  const shapes = [...inputs.values()];
  const clauses = [...factsOf(generic), ...assumed(ctx, fn.where, signature.scope)];
  const results = declaredResults(ctx, signature, fn.result);
  const space: Space = {
    variables: [...statics.variables, ...[...signature.free].map(freeVariable)],
    shapes,
    facts: [...clauses, ...statics.facts, ...shapes.flatMap(sizeFacts)],
  };
  const declaration: Declaration = {
    ...named,
    ...space,
    kind: kindOf(subject),
    fn,
    inputs,
    clauses,
    results,
    rows: rowsOf(shapes, results),
    skips: skipsOf(subject.attributes),
    lower: (assignment) => lowerDeclaration(library, unit, subject, space, assignment),
  };
  return { ok: true, declaration };
}

const parentOf = (ctx: Context, unit: Unit, generic: GenericHome | undefined): Scope =>
  generic?.instance.scope ?? moduleScope(ctx, unit);

const factsOf = (generic: GenericHome | undefined): readonly Fact[] => generic?.facts ?? [];

const kindOf = ({ home }: Subject): Declaration["kind"] => home?.kind ?? "fn";

const isInitialiser = ({ result }: FnDecl): boolean =>
  result?.kind === "like" && result.of.name === "param";

/** The static arguments of the layer, if there is one, and of the function. */
function staticsOf(
  { fn, home }: Subject,
  generic: GenericHome | undefined,
  { scope }: Signature,
): ReturnType<typeof staticVariables> {
  const own = staticVariables(scope, staticParams(fn));
  if (!generic || !home || "reason" in own) return own;
  const outer = staticVariables(generic.statics, home.params);
  if ("reason" in outer) return outer;
  return {
    variables: [...generic.more, ...outer.variables, ...own.variables],
    facts: [...outer.facts, ...own.facts],
  };
}

const staticParams = (fn: FnDecl): readonly Parameter[] =>
  fn.params.filter((p) => !isTensorParam(p));

const freeVariable = (sym: Sym): Variable => ({
  kind: sym.kind === "pack" ? "pack" : "size",
  name: sym.name,
  sym,
});

/** The shapes of the tensors by the names of their leaves. */
function tensorShapes(
  { params }: FnDecl,
  { scope }: Signature,
): ReadonlyMap<string, readonly Dim[]> {
  const shapesIn = (
    name: string,
    meaning: Meaning | undefined,
  ): readonly (readonly [string, readonly Dim[]])[] => {
    if (meaning?.kind === "tuple")
      return meaning.items.flatMap((item, i) =>
        shapesIn(partName(name, meaning.names?.[i], i), item),
      );
    return meaning?.kind === "tensor" ? [[name, meaning.value.type.shape]] : [];
  };
  const tensors = params.filter(isTensorParam);
  return new Map(tensors.flatMap((p) => shapesIn(p.name.name, scope.lookup(p.name.name)?.meaning)));
}

/** What the leaf of a part of a tuple is called. */
const partName = (name: string, part: string | undefined, place: number): string =>
  `${name}.${part === undefined || part === "" ? String(place) : part}`;

function declaredResults(
  ctx: Context,
  signature: Signature,
  result: FnDecl["result"],
): Declaration["results"] {
  if (!result) return undefined;
  const types = result.kind === "tuple-type" ? result.fields.map((f) => f.type) : [result];
  const shapes = types.map((type) => evaluateType(ctx, signature, type)?.shape);
  const known = shapes.filter((shape) => shape !== undefined);
  return known.length === types.length ? known : undefined;
}

/** Names that the first axis of a batch goes by. */
const batchNames: ReadonlySet<string> = new Set(["B", "Batch"]);

/**
 * Rows of a batch: what `...` stands for, or an axis named `B`, where it comes first in some input, first in every result,
 * and nowhere else.
 */
function rowsOf(
  inputs: readonly (readonly Dim[])[],
  results: readonly (readonly Dim[])[] | undefined,
): Sym | undefined {
  const [first] = inputs.flatMap((shape) => {
    const sym = shape[0] && symOf(shape[0]);
    return sym && (sym.kind === "pack" || batchNames.has(sym.name)) ? [sym] : [];
  });
  if (!first || !results || results.length === 0) return undefined;
  const leads = (shape: readonly Dim[]): boolean => !!shape[0] && symOf(shape[0]) === first;
  const isElsewhere = [...inputs, ...results].some((shape) =>
    shape.some((d, axis) => axis > 0 && symOf(d) === first),
  );
  return results.every(leads) && !isElsewhere ? first : undefined;
}

/** Laws that `@skip` leaves out; `@allow(batch-statistics-in-inference)` declares that rows of a batch depend on each other. */
function skipsOf(attributes: readonly Attribute[]): ReadonlyMap<LawName, string> {
  const skips = new Map<LawName, string>();
  for (const { name, args } of attributes) {
    const [law, reason] = args;
    if (name.name === "skip" && law && reason && isLaw(law.text)) skips.set(law.text, reason.text);
    if (name.name === "allow" && args.some((a) => a.text === "batch-statistics-in-inference"))
      skips.set("rows", "it declares batch statistics");
  }
  return skips;
}

// -------------------------------------------------------------------- lowering

function lowerDeclaration(
  library: Library,
  unit: Unit,
  { fn, home }: Subject,
  space: Space,
  assignment: Assignment,
): Lowering<LoweredDeclaration> {
  const diagnostics: Diagnostic[] = [];
  const ctx = concreteContext(library, diagnostics, false);
  const isFine = (): boolean => !diagnostics.some((d) => d.severity === "error");
  const root = home?.make(ctx, staticArgs(home.params, space, assignment), assignment);
  const isMade = isFine() && (root !== undefined || !home);
  const lowered = isMade ? called(ctx, unit, fn, root, space, assignment) : undefined;
  return lowered && isFine() ? { ok: true, value: lowered } : { ok: false, diagnostics };
}

/** Calls the function on leaves for all its tensors. */
function called(
  ctx: Context,
  unit: Unit,
  fn: FnDecl,
  root: Instance | undefined,
  space: Space,
  assignment: Assignment,
): LoweredDeclaration | undefined {
  const scope = new Scope(root?.scope ?? moduleScope(ctx, unit));
  for (const variable of space.variables) {
    const choice = assignment.get(variable.name);
    if (choice !== undefined && variable.kind !== "choice" && !isBound(root, variable.name))
      scope.bind(variable.name, meaningOf(space, variable, choice, [], assignment));
  }
  const tensors = fn.params.filter(isTensorParam).map((param): GivenArg => ({
    name: param.name,
    span: param.span,
    meaning: leavesOf(ctx, scope, param.name.name, param.annotation),
  }));
  const args = [...staticArgs(staticParams(fn), space, assignment), ...tensors];
  const at = fn.name.span;
  const callee: Meaning = root
    ? memberOf(ctx, root, fn.name.name, at)
    : { kind: "callable", callable: { kind: "fn", decl: fn, scope: moduleScope(ctx, unit) } };
  const results = outputsOf(ctx, ctx.apply(callee, args, at), fn);
  const names = new Set(fn.params.map((p) => p.name.name));
  const base = root?.base ? baseOutputs(ctx, root.base, fn, tensors) : [];
  return results && finish(ctx, root, names, results, base);
}

/** Whether a static argument of the layer has this name already. */
const isBound = (root: Instance | undefined, name: string): boolean =>
  root?.decl.statics.some((p) => p.name.name === name) === true;

/** The leaves of a tensor parameter: one, or one for each part of a tuple. */
function leavesOf(
  ctx: Context,
  scope: Scope,
  name: string,
  annotation: TypeExpr | undefined,
): Meaning {
  if (annotation?.kind === "tuple-type") {
    const items = annotation.fields.map(({ name: part, type }, i) =>
      leavesOf(ctx, scope, partName(name, part?.name, i), type),
    );
    return { kind: "tuple", items, names: annotation.fields.map((f) => f.name?.name ?? "") };
  }
  const type =
    annotation && evaluateType(ctx, { scope, free: new Set(), isOpen: false }, annotation);
  if (!type) return UNKNOWN;
  const role = type.shape.length === 0 ? "scalar" : "input";
  return tensorOf(ctx.leaf({ name, role, ...type }));
}

/** The results of a call by name; undefined where one is no tensor. */
function outputsOf(ctx: Context, value: Meaning, fn: FnDecl): readonly Output[] | undefined {
  const items = value.kind === "tuple" ? value.items : [value];
  const outputs = items.flatMap((item, i): Output[] => {
    const tensor =
      item.kind === "unknown" ? undefined : asTensor(ctx, item, ctx.float, fn.body.span);
    const named = value.kind === "tuple" ? value.names?.[i] : undefined;
    const fallback = items.length === 1 ? "out" : `out${String(i)}`;
    const name = named === undefined || named === "" ? fallback : named;
    return tensor ? [{ name, role: "result", value: tensor }] : [];
  });
  return outputs.length === items.length ? outputs : undefined;
}

/** What the layer under an adapter gives, for the function that both have. */
function baseOutputs(
  ctx: Context,
  base: Instance,
  fn: FnDecl,
  args: readonly GivenArg[],
): readonly Output[] {
  if (!base.decl.members.some((m) => m.kind === "fn" && m.name.name === fn.name.name)) return [];
  const positional = args.map(({ span, meaning }): GivenArg => ({
    span,
    ...(meaning ? { meaning } : {}),
  }));
  const at = fn.name.span;
  return outputsOf(ctx, ctx.apply(memberOf(ctx, base, fn.name.name, at), positional, at), fn) ?? [];
}

function finish(
  ctx: Context,
  root: Instance | undefined,
  names: ReadonlySet<string>,
  results: readonly Output[],
  base: readonly Output[],
): LoweredDeclaration | undefined {
  const leaves = [...ctx.leaves.values()].map((leaf) => leaf.attrs as LeafSpec);
  const inputs = leaves.filter(({ role }) => role === "input");
  const signature = signatureOf(ctx, inputs, []);
  const { isCut } = ctx;
  const entry = (
    name: string,
    outputs: readonly Output[],
    more: readonly InputSpec[] = [],
  ): Entry => ({
    name,
    signature: { ...signature, inputs: [...signature.inputs, ...more] },
    program: { graph: ctx.graph, outputs },
  });
  const entries = [entry(declarationEntries.forward, results)];
  if (base.length > 0) entries.push(entry(declarationEntries.base, base));
  const specs = root ? (specsOf(ctx, root, placesOf(ctx, root)) ?? []) : [];
  // Frozen parameters have gradients all the same, which a law may look at.
  const trained = specs.map((s) => ({ ...s, isTrainable: s.role === "parameter" }));
  if (results.some(({ value }) => isFloat(value.type.dtype))) {
    const { outputs, seeds } = differentiate(ctx, results, trained);
    if (outputs.length > 0) entries.push(entry(declarationEntries.backward, outputs, seeds));
  }
  const compiled = compiledFrom(ctx, "declaration", root ? [root] : [], entries);
  return compiled && { compiled, inputs: givenInputs(signature, names), results, isCut };
}
