// Where the parameters of what is called and the members of what is asked are declared.
import type { Expr, Item, Parameter } from "../../../grammar/ast.js";
import type { Callable, Instance, Meaning } from "../../check/meaning.js";
import type { Declared, Library, Unit } from "../../resolve/modules.js";
import type { Binding } from "./binding.js";
import type { Env } from "./env.js";
import { memberTarget, staticTarget, target, type Target } from "./target.js";

/** The parameters of something that can be called, and where they are declared. */
export interface Parameters {
  readonly params: readonly Parameter[];
  readonly unit: Unit;
  readonly item: Item;
}

/** What a call expression, or the name of an optimizer, gives its arguments to. */
export function parameterNamed(b: Binding, env: Env, expr: Expr, name: string): Target | undefined {
  const callee = expr.kind === "call" ? expr.callee : expr;
  const found = calleeOf(b, env, callee);
  const param = found?.params.find((p) => p.name.name === name);
  return found && param ? parameterTarget(found, param) : undefined;
}

/** A parameter of a function or a static argument of a declaration. */
export function parameterTarget({ unit, item }: Parameters, param: Parameter): Target {
  const isTensor = param.annotation !== undefined && tensorKinds.has(param.annotation.kind);
  return isTensor
    ? target("tensor", param.name, { unit, item, node: param })
    : staticTarget(unit, item, param);
}

const tensorKinds: ReadonlySet<string> = new Set(["tensor-type", "like"]);

function calleeOf(b: Binding, env: Env, callee: Expr): Parameters | undefined {
  const meaning = b.evaluated?.meaningOf(callee);
  const known = meaning && parametersOfMeaning(b.library, meaning);
  if (known) return known;
  const to = callee.kind === "name" ? env.lookup(callee.name) : undefined;
  return to ? parametersOfTarget(to) : undefined;
}

/** The parameters of what a target declares, where it can be called. */
export function parametersOfTarget({ unit, item, node }: Target): Parameters | undefined {
  if (!unit || !item || !node) return undefined;
  if ("params" in node) return { params: node.params as readonly Parameter[], unit, item };
  if ("statics" in node) return { params: node.statics as readonly Parameter[], unit, item };
  return undefined;
}

/** The parameters of a meaning that can be called: a layer takes those of its `forward`. */
export function parametersOfMeaning(library: Library, meaning: Meaning): Parameters | undefined {
  if (meaning.kind === "choice") return parametersOfMeaning(library, meaning.options[0]);
  if (meaning.kind === "instance") return forwardOf(meaning.instance);
  return meaning.kind === "callable" ? parametersOf(library, meaning.callable) : undefined;
}

function parametersOf(library: Library, callable: Callable): Parameters | undefined {
  switch (callable.kind) {
    case "fn": {
      const { decl, self } = callable;
      const unit = self?.unit ?? unitOf(library, callable);
      return unit && { params: decl.params, unit, item: self?.decl ?? decl };
    }
    case "layer":
    case "adapter":
    case "optimizer":
      return { params: callable.decl.statics, unit: callable.unit, item: callable.decl };
    case "derived": {
      const base = callable.unit.names.get(callable.decl.base.name);
      return base && staticsOf(base);
    }
    case "partial":
      return parametersOf(library, callable.callable);
    default:
      return undefined;
  }
}

/** The file that a function of the top level stands in. */
function unitOf(library: Library, { decl }: Callable & { readonly kind: "fn" }): Unit | undefined {
  return [...library.units.values()].find(({ module }) => module.file === decl.span.file);
}

function forwardOf({ decl, unit }: Instance): Parameters | undefined {
  const forward = decl.members.find((m) => m.kind === "fn" && m.name.name === "forward");
  return forward?.kind === "fn" ? { params: forward.params, unit, item: decl } : undefined;
}

/** The static parameters of a model, through all that it is derived from. */
export function staticsOf({ item, unit }: Declared, depth = 0): Parameters | undefined {
  if ("statics" in item) return { params: item.statics, unit, item };
  if (item.kind !== "derived-model" || depth > 32) return undefined;
  const base = unit.names.get(item.base.name);
  return base && staticsOf(base, depth + 1);
}

/** The static parameter that a line `set NAME = …` of the declaration names. */
export function staticNamed(b: Binding, name: string): Target | undefined {
  const { item, unit } = b;
  const found = item.kind === "derived-model" ? staticsOf({ item, unit }) : undefined;
  const param = found?.params.find((p) => p.name.name === name);
  return found && param && staticTarget(found.unit, found.item, param);
}

/** The member that `object.name` reads. */
export function memberNamed(b: Binding, expr: Expr & { kind: "member" }): Target | undefined {
  const meaning = b.evaluated?.meaningOf(expr.object);
  const owner = meaning?.kind === "choice" ? meaning.options[0] : meaning;
  return owner?.kind === "instance" ? memberOfInstance(owner.instance, expr.name.name) : undefined;
}

/** A member, static argument, or what the adapted layer has under the name. */
export function memberOfInstance(instance: Instance, name: string): Target | undefined {
  const { decl, unit, base } = instance;
  const member = decl.members.find((m) => "name" in m && m.name.name === name);
  if (member) return memberTarget(unit, decl, member);
  const param = decl.statics.find((p) => p.name.name === name);
  if (param) return staticTarget(unit, decl, param);
  return base && memberOfInstance(base, name);
}
