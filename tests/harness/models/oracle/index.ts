// The oracle: tries declarations with small sizes, by rules of its own, and says whether any of them goes wrong.
import type { FnDecl, LayerDecl, Module, Parameter, Span } from "../../../../grammar/index.js";
import { visit } from "../../../../grammar/index.js";
import type { Library } from "../../../../compiler/resolve/modules.js";
import { callFunction, holds, instanceOf, isTensor, resultOf, shapeOf } from "./calls.js";
import { evaluate } from "./evaluate.js";
import { Env, number, topLevel, Wrong, type Meaning } from "./meaning.js";
import { primitiveNames } from "./primitives.js";

export { Unsupported } from "./meaning.js";

/** Numbers from 0 up to a bound. */
type Random = () => number;

/** What the oracle found: how many bindings it tried, and the first that goes wrong. */
export interface Verdict {
  readonly tried: number;
  readonly wrong?: string;
  /** The lines on which a contradiction shows, counted from 1: sizes decide which it is. */
  readonly lines?: ReadonlySet<number>;
  /** Whether some function has clauses that no sizes were found for: then it may be that nothing satisfies them. */
  readonly isVacuous?: boolean;
}

const sizes = [4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 18];

/** So few that conditions such as `In == Out` often hold. */
const alike = [6, 12];

/** Some so small that a slice, a window or a half may have nothing to take; static arguments may even be 0. */
const small = [0, 1, 2, 3, 6, 12];

const kinds = [sizes, alike, small];

/** Static arguments by their names. */
export type Sizes = ReadonlyMap<string, number>;

/** Tries every function of a program at random sizes that its clauses allow. */
export function judge(library: Library, random: Random, times: number): Verdict {
  const [unit] = library.entries;
  if (!unit || library.diagnostics.length > 0) return { tried: 0, wrong: "it does not load" };
  const top = topLevel(unit, library.prelude, primitiveNames);
  let tried = 0;
  let isVacuous = false;
  for (const [decl, layer] of functionsOf(unit.module)) {
    const faults = Array.from({ length: times }, (_, i) =>
      attempt(top, { decl, layer, isDefault: i % 2 === 0, from: kinds[i % 3] ?? sizes }, random),
    ).filter((fault) => fault !== "no sizes");
    tried += faults.length;
    isVacuous ||= faults.length === 0;
    const wrong = worst(faults);
    if (wrong) {
      const lines = new Set(faults.flatMap((fault) => (fault?.at ? [lineOf(fault.at)] : [])));
      return { tried, wrong: `${wrong.kind}: ${wrong.message}`, lines };
    }
  }
  return { tried, isVacuous };
}

/** The line of a span, counted from 1. */
export const lineOf = ({ file, start }: Span): number =>
  file.text.slice(0, start).split("\n").length;

/** A fault counts at any sizes, a bound only where no size is large enough. */
function worst(faults: readonly (Wrong | undefined)[]): Wrong | undefined {
  const real = faults.find((f) => f !== undefined && f.kind !== "bound");
  return real ?? (faults.every((f) => f !== undefined) ? faults[0] : undefined);
}

function functionsOf(module: Module): readonly (readonly [FnDecl, LayerDecl | undefined])[] {
  return module.items.flatMap((item): (readonly [FnDecl, LayerDecl | undefined])[] => {
    if (item.kind === "fn") return [[item, undefined]];
    if (item.kind !== "layer") return [];
    return item.members.flatMap((m) => (m.kind === "fn" ? [[m, item] as const] : []));
  });
}

/** The names that a signature leaves open, in the order in which they appear. */
function openNames(params: readonly Parameter[], env: Env): readonly string[] {
  const found = new Set<string>();
  for (const { annotation } of params) {
    if (annotation?.kind !== "tensor-type") continue;
    for (const item of annotation.dims) {
      visit(item, (node) => {
        if (!("kind" in node)) return;
        if (node.kind === "pack") found.add("name" in node && node.name ? "...named" : "...");
        if (node.kind === "name" && "name" in node && typeof node.name === "string")
          if (!env.lookup(node.name)) found.add(node.name);
      });
    }
  }
  return [...found];
}

/** A function to try; every second time with the defaults of its layer, where there are some. */
interface Trial {
  readonly decl: FnDecl;
  readonly layer: LayerDecl | undefined;
  readonly isDefault: boolean;
  readonly from: readonly number[];
}

/** One try; the fault, or that no sizes were found. */
function attempt(top: Env, trial: Trial, random: Random): Wrong | undefined | "no sizes" {
  const { decl, layer, isDefault, from } = trial;
  const pick = (): number => from[Math.floor(random() * from.length)] ?? 4;
  try {
    const env = bindSome(top, trial, pick);
    if (!env) return "no sizes";
    const result = evaluate(env, decl.body);
    const declared = resultOf(env, decl, evaluate);
    if (typeOf(result) === typeOf(declared)) return undefined;
    const fault = new Wrong("another result");
    fault.at = (decl.body.kind === "block" ? decl.body.value : undefined)?.span ?? decl.body.span;
    return fault;
  } catch (fault) {
    if (!(fault instanceof Wrong)) throw fault;
    const isLeftToBuild = fault.kind === "clause" && layer?.keyword === "model" && !isDefault;
    return isLeftToBuild ? "no sizes" : fault;
  }
}

function bindSome(top: Env, trial: Trial, pick: () => number): Env | undefined {
  for (let i = 0; i < 40; i++) {
    const parent = trial.layer ? bindLayer(top, trial.layer, trial.isDefault, pick) : top;
    const env = parent && bindFunction(parent, trial.decl, pick);
    if (env) return env;
  }
  return undefined;
}

function bindLayer(
  top: Env,
  layer: LayerDecl,
  isDefault: boolean,
  pick: () => number,
): Env | undefined {
  const statics = new Env(top);
  const taken = axesTaken(layer);
  for (const { name, value } of layer.statics) {
    const size = Math.max(pick(), taken.has(name.name) ? 1 : 0);
    statics.names.set(name.name, isDefault && value ? evaluate(statics, value) : number(size));
  }
  if (!clausesHold(statics, layer.where)) return undefined;
  const { env } = instanceOf(layer, statics, evaluate);
  // Members that no function needs are made all the same.
  for (const member of layer.members) if ("name" in member) env.lookup(member.name.name);
  return env;
}

/** The static arguments that are axes of what a layer's functions take: those have elements. */
function axesTaken(layer: LayerDecl): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const member of layer.members)
    for (const { annotation } of member.kind === "fn" ? member.params.filter(isTensor) : [])
      if (annotation)
        visit(annotation, (node) => {
          if ("kind" in node && node.kind === "name" && "name" in node)
            taken.add(String(node.name));
        });
  return taken;
}

function bindFunction(parent: Env, decl: FnDecl, pick: () => number): Env | undefined {
  const env = new Env(parent);
  for (const param of decl.params.filter((p) => !isTensor(p)))
    env.names.set(param.name.name, number(pick()));
  for (const name of openNames(decl.params.filter(isTensor), env)) {
    const extent = (): number => Math.max(pick(), 1);
    const lead = Array.from({ length: pick() % 3 }, extent);
    env.names.set(name, name === "..." ? { kind: "pack", sizes: lead } : number(extent()));
  }
  if (!clausesHold(env, decl.where)) return undefined;
  for (const { name, annotation } of decl.params.filter(isTensor))
    if (annotation?.kind === "tensor-type") {
      const given = shapeOf(env, annotation, evaluate);
      // What a function takes has elements.
      if (given.shape.includes(0)) return undefined;
      env.names.set(name.name, given);
    }
  return env;
}

/** A clause that divides by zero does not hold; one with an unknown name is wrong. */
function clausesHold(env: Env, where: FnDecl["where"]): boolean {
  try {
    return holds(env, where, evaluate);
  } catch (fault) {
    if (fault instanceof Wrong && fault.message === "a division by zero") return false;
    throw fault;
  }
}

const typeOf = (m: Meaning): string => {
  if (m.kind === "list") return m.items.map(typeOf).join("; ");
  return m.kind === "tensor" ? `${m.dtype}[${m.shape.join(", ")}]` : m.kind;
};

/** Sizes for the static arguments of a declaration under which its clauses hold; undefined where none were found. */
export function satisfy(
  decl: LayerDecl,
  random: Random,
  from: (name: string) => readonly number[],
): Sizes | undefined {
  for (let i = 0; i < 300; i++) {
    const env = new Env();
    const found = new Map(
      decl.statics.map(({ name }) => {
        const sizes = from(name.name);
        return [name.name, sizes[Math.floor(random() * sizes.length)] ?? 2];
      }),
    );
    for (const [name, value] of found) env.names.set(name, number(value));
    if (clausesHold(env, decl.where)) return found;
  }
  return undefined;
}

/** Whether some call of a model with these static arguments satisfies the clauses of its function. */
export function isCallable(
  library: Library,
  { layer, forward }: { readonly layer: LayerDecl; readonly forward: FnDecl },
  statics: Sizes,
  random: Random,
): boolean {
  const [unit] = library.entries;
  if (!unit) return false;
  const env = new Env(topLevel(unit, library.prelude, primitiveNames));
  for (const [name, value] of statics) env.names.set(name, number(value));
  const parent = instanceOf(layer, env, evaluate).env;
  const pick = (): number => 1 + Math.floor(random() * 12);
  return Array.from({ length: 200 }).some(() => bindFunction(parent, forward, pick));
}

/** The types of the results of a model's function at given sizes, by the declared signature. */
export function resultTypes(
  library: Library,
  { layer, forward: fn }: { readonly layer: LayerDecl; readonly forward: FnDecl },
  statics: Sizes,
  inputs: readonly (readonly number[])[],
): string {
  const [unit] = library.entries;
  if (!unit) throw new Wrong("it does not load");
  const env = new Env(topLevel(unit, library.prelude, primitiveNames));
  for (const [name, value] of statics) env.names.set(name, number(value));
  const parent = instanceOf(layer, env, evaluate).env;
  const args = fn.params.filter(isTensor).map((p, i) => ({
    meaning: {
      kind: "tensor" as const,
      shape: inputs[i] ?? [],
      dtype: (p.annotation?.kind === "tensor-type" ? p.annotation.dtype?.name : undefined) ?? "f32",
    },
  }));
  return typeOf(callFunction(fn, parent, args, evaluate));
}
