// A property as something that can be tried: its variables, and for each choice of them a program that says what holds.
import type { PropertyDecl, Statement } from "../../grammar/ast.js";
import { textOf, type Span } from "../../grammar/source.js";
import { Asserted, type Assertion } from "../check/asserted.js";
import type { Context } from "../check/context.js";
import { Scope, floatNumber, intNumber, type Instance, type Meaning } from "../check/meaning.js";
import { openContext } from "../check/evaluator.js";
import { bindVariables, type BoundVariables } from "../check/properties.js";
import { holds } from "../check/primitives/statistics.js";
import { execute } from "../check/statements.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Value } from "../ir/op.js";
import type { Compiled, Entry, Output, Signature } from "../ir/program.js";
import { upstream } from "../ir/topology.js";
import { concreteContext } from "../lower/concrete.js";
import { signatureOf } from "../lower/entries.js";
import { broadcastTo } from "../ops/build.js";
import * as ops from "../ops/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { constantOf, evaluate, int, symsOf } from "../types/dim.js";
import { isPack } from "../types/tensor.js";
import { compiledFrom, givenInputs, outermost } from "./compiled.js";
import { valueOf } from "./assignments.js";
import type { Assignment, Choice, Lowering, Named, Space, Variable } from "./subject.js";

/** A property with its variables. */
export interface Property extends Space, Named {
  readonly decl: PropertyDecl;
  lower(assignment: Assignment): Lowering<LoweredProperty>;
}

/** A property for one choice of sizes. */
export interface LoweredProperty {
  /** The entry `assertions`: for each assertion that is not known, under its number, whether it holds. */
  readonly compiled: Compiled;
  /** The tensors that are drawn. */
  readonly inputs: Signature["inputs"];
  readonly assertions: readonly Assertion[];
  /** The entry `witness`: `left0`, `right0`, `holds0` of each comparison behind an assertion. */
  witness(assertion: number): Compiled | undefined;
}

/** The entries of what a property is lowered to. */
export const propertyEntries = { assertions: "assertions", witness: "witness" } as const;

/** Reads a property that was checked. */
export function openProperty(library: Library, unit: Unit, decl: PropertyDecl): Property {
  const ctx = openContext(library, []);
  const bound = bindVariables(ctx, decl, unit);
  const shapes = [...bound.domains.values()].flatMap((d) => (d.kind === "tensor" ? [d.shape] : []));
  const space: Space = { variables: variablesOf(decl, bound), facts: bound.facts, shapes };
  return {
    ...space,
    decl,
    title: decl.title.value,
    span: decl.span,
    lower: (assignment) => lowerProperty(library, unit, decl, space, bound, assignment),
  };
}

/** The declared variables that are drawn, then the sizes that only tensors name. */
function variablesOf(decl: PropertyDecl, { domains }: BoundVariables): readonly Variable[] {
  const declared = decl.variables.flatMap(({ name: { name }, domain: written }): Variable[] => {
    const domain = domains.get(name);
    switch (domain?.kind) {
      case "size":
        return [{ kind: "size", name, sym: domain.sym }];
      case "float":
      case "bool":
        return [{ kind: domain.kind, name }];
      case "choice": {
        const items =
          written.kind === "in" && written.values.kind === "list" ? written.values : undefined;
        const labels = domain.items.map((item, i) => labelOf(item, items?.items[i]?.span, i));
        const sizes = domain.items.flatMap((m) => (m.kind === "number" && m.dim ? [m.dim] : []));
        return [
          { kind: "choice", name, labels, ...(domain.sym ? { sym: domain.sym, sizes } : {}) },
        ];
      }
      default:
        return [];
    }
  });
  const known = new Set(declared.flatMap((v) => ("sym" in v ? [v.sym] : [])));
  const free: Variable[] = [];
  for (const domain of domains.values()) {
    if (domain.kind !== "tensor") continue;
    for (const d of domain.shape) {
      for (const sym of symsOf(d)) {
        if (known.has(sym)) continue;
        known.add(sym);
        free.push({ kind: isPack(d) ? "pack" : "size", name: sym.name, sym });
      }
    }
  }
  return [...declared, ...free];
}

function labelOf(item: Meaning, written: Span | undefined, place: number): string {
  if (written) return textOf(written);
  const size = item.kind === "number" && item.dim ? constantOf(item.dim) : undefined;
  return size === undefined ? `element ${String(place)}` : String(size);
}

// -------------------------------------------------------------------- lowering

function lowerProperty(
  library: Library,
  unit: Unit,
  decl: PropertyDecl,
  space: Space,
  generic: BoundVariables,
  assignment: Assignment,
): Lowering<LoweredProperty> {
  const diagnostics: Diagnostic[] = [];
  const made: Instance[] = [];
  const ctx = concreteContext(library, diagnostics, false, { made: (i) => void made.push(i) });
  ctx.asserted = new Asserted(ctx.graph);
  const given = new Map<string, Meaning>();
  for (const variable of space.variables) {
    const choice = assignment.get(variable.name);
    if (choice === undefined) continue;
    const domain = generic.domains.get(variable.name);
    const items = domain?.kind === "choice" ? domain.items : [];
    given.set(variable.name, meaningOf(space, variable, choice, items, assignment));
  }
  const { scope } = bindVariables(ctx, decl, unit, given);
  const body = new Scope(scope);
  for (const statement of decl.body.statements) {
    ctx.under(ctx.asserted.enter(nameOf(statement)), () => {
      execute(ctx, body, statement);
    });
  }
  const lowered = isFine(diagnostics) ? finish(ctx, ctx.asserted, made, namesIn(decl)) : undefined;
  return lowered && isFine(diagnostics) ? { ok: true, value: lowered } : { ok: false, diagnostics };
}

const namesIn = ({ variables }: PropertyDecl): ReadonlySet<string> =>
  new Set(variables.map((v) => v.name.name));

const isFine = (diagnostics: readonly Diagnostic[]): boolean =>
  !diagnostics.some((d) => d.severity === "error");

/** What layers that a statement makes are called in paths. */
const nameOf = (statement: Statement): string =>
  (statement.kind === "let" || statement.kind === "var" ? statement.names[0]?.name : undefined) ??
  "here";

/** What a drawn variable means. */
export function meaningOf(
  space: Space,
  variable: Variable,
  choice: Choice,
  items: readonly Meaning[],
  assignment: Assignment,
): Meaning {
  if (typeof choice === "boolean") return { kind: "bool", value: choice };
  if (typeof choice === "object") return { kind: "pack", dims: choice.map(int) };
  if (variable.kind === "float") return floatNumber(choice);
  if (variable.kind !== "choice") return intNumber(choice);
  const size = variable.sizes?.[choice];
  if (size) return intNumber(evaluate(size, valueOf(space, assignment)) ?? 0);
  return items[choice] ?? { kind: "unknown" };
}

function finish(
  ctx: Context,
  { assertions, comparisons }: Asserted,
  made: readonly Instance[],
  names: ReadonlySet<string>,
): LoweredProperty | undefined {
  const roots = outermost(made);
  const signature = signatureOf(
    ctx,
    [...ctx.leaves.values()].flatMap((leaf) => {
      const spec = leaf.attrs as Signature["inputs"][number];
      return spec.role === "input" ? [spec] : [];
    }),
    [],
  );
  const entry = (name: string, outputs: readonly Output[]): Entry => ({
    name,
    signature,
    program: { graph: ctx.graph, outputs },
  });
  const asserted = assertions.flatMap(({ condition }, i): Output[] =>
    typeof condition === "boolean" ? [] : [result(String(i), everywhere(condition))],
  );
  const compiled = compiledFrom(ctx, "property", roots, [
    entry(propertyEntries.assertions, asserted),
  ]);
  if (!compiled) return undefined;
  return {
    compiled,
    inputs: givenInputs(signature, names),
    assertions,
    witness: (number) => {
      const condition = assertions[number]?.condition;
      if (condition === undefined || typeof condition === "boolean") return undefined;
      const behind = new Set(upstream([condition]));
      const outputs = comparisons
        .filter((comparison) => behind.has(comparison.result))
        .flatMap(({ result: found, left, right }, i): Output[] => {
          const shape = left.type.shape.length > right.type.shape.length ? left : right;
          const whole = found.type.shape.length === 0 ? shape.type.shape : found.type.shape;
          return [
            result(`left${String(i)}`, broadcastTo(left, whole)),
            result(`right${String(i)}`, broadcastTo(right, whole)),
            result(`holds${String(i)}`, ops.cast(found, { dtype: "i32" })),
          ];
        });
      if (outputs.length === 0) return undefined;
      return compiledFrom(ctx, "property", roots, [entry(propertyEntries.witness, outputs)]);
    },
  };
}

const result = (name: string, value: Value): Output => ({ name, role: "result", value });

/** A condition for all places as one number: 1 where it holds. */
function everywhere(condition: Value): Value {
  const axes = condition.type.shape.map((_, axis) => axis);
  const whole = axes.length === 0 ? condition : holds(condition, axes, "all");
  return ops.cast(whole, { dtype: "i32" });
}
