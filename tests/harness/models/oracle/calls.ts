// Calls by signature: arguments are unified with the declared types, clauses are tested, the declared result is what comes out.
import type {
  DimItem,
  Expr,
  FnDecl,
  LayerDecl,
  Parameter,
  TensorTypeExpr,
  TypeExpr,
} from "../../../../grammar/index.js";
import { visit } from "../../../../grammar/index.js";
import {
  asNumber,
  asTensor,
  Env,
  number,
  tensor,
  Unsupported,
  Wrong,
  type Instance,
  type Meaning,
  type Tensor,
} from "./meaning.js";

/** An argument of a call. */
export interface Supplied {
  readonly name?: string;
  readonly meaning: Meaning;
}

type Evaluate = (env: Env, expr: Expr) => Meaning;

export const isTensor = (p: Parameter): boolean => p.annotation?.kind === "tensor-type";

const packName = (item: DimItem & { kind: "pack" }): string => `...${item.name?.name ?? ""}`;

/** The sizes that a type says, every name being known. */
export function shapeOf(env: Env, type: TensorTypeExpr, evaluate: Evaluate): Tensor {
  const sizes = type.dims.flatMap((item) => {
    if (item.kind !== "pack") return [asNumber(evaluate(env, item))];
    const found = env.lookup(packName(item));
    if (found?.kind !== "pack") throw new Wrong("a pack that nothing binds");
    return found.sizes;
  });
  return tensor(sizes, type.dtype?.name ?? "f32");
}

/** The names of a type that nothing in scope binds. */
export function freeNames(env: Env, type: TypeExpr): readonly string[] {
  const found = new Set<string>();
  visit(type, (node) => {
    if ("kind" in node && node.kind === "name" && "name" in node && typeof node.name === "string")
      if (!env.lookup(node.name)) found.add(node.name);
  });
  return [...found];
}

/** Puts arguments to the parameters they belong to. */
function assign(params: readonly Parameter[], args: readonly Supplied[]): Map<string, Meaning> {
  const given = new Map<string, Meaning>();
  let next = 0;
  for (const { name, meaning } of args) {
    const param = name === undefined ? params[next++] : params.find((p) => p.name.name === name);
    if (!param || given.has(param.name.name)) throw new Wrong("an argument that does not fit");
    given.set(param.name.name, meaning);
  }
  return given;
}

function bindStatics(
  env: Env,
  params: readonly Parameter[],
  given: ReadonlyMap<string, Meaning>,
  evaluate: Evaluate,
): void {
  for (const param of params) {
    const { name } = param.name;
    const one = given.get(name) ?? (param.value && evaluate(env, param.value));
    if (!one) throw new Wrong(`the argument ${name} is missing`);
    const value = spread(param, one);
    if (value.kind === "tensor") throw new Wrong("a tensor where a size is needed");
    if (!isOfKind(param, value)) throw new Wrong(`the kind of ${name}`);
    if (value.kind === "number" && value.value < 0) throw new Wrong("a size below zero");
    env.names.set(name, value);
  }
}

/** One size stands for each of several, where an argument is annotated as `(dim, dim)`. */
function spread({ annotation }: Parameter, value: Meaning): Meaning {
  if (annotation?.kind !== "tuple-type") return value;
  const count = annotation.fields.length;
  if (value.kind === "number") return { kind: "list", items: Array(count).fill(value) };
  if (value.kind !== "list" || value.items.length !== count)
    throw new Wrong("another number of sizes");
  return value;
}

/** A flag is no number, and a number no flag; other kinds are not told apart. */
const isOfKind = ({ annotation, value }: Parameter, given: Meaning): boolean => {
  const isFlag =
    value?.kind === "bool" || (annotation?.kind === "kind" && annotation.name === "bool");
  return isFlag === (given.kind === "bool");
};

/** Every clause must hold. */
export function holds(env: Env, where: readonly Expr[], evaluate: Evaluate): boolean {
  return where.every((clause) => {
    const value = evaluate(env, clause);
    return value.kind === "bool" && value.value;
  });
}

/** Makes a layer with its static arguments. */
export function instantiate(
  decl: LayerDecl,
  parent: Env,
  args: readonly Supplied[],
  evaluate: Evaluate,
): Instance {
  const env = new Env(parent);
  bindStatics(env, decl.statics, assign(decl.statics, args), evaluate);
  if (!holds(env, decl.where, evaluate)) throw new Wrong(`a clause of ${decl.name.name}`, "clause");
  return instanceOf(decl, env, evaluate);
}

/** A layer whose static arguments are bound already. Members are evaluated when they are asked for. */
export function instanceOf(decl: LayerDecl, statics: Env, evaluate: Evaluate): Instance {
  const known = new Map<string, Meaning>();
  const env: Env = new Env(statics, (name) => {
    const found = known.get(name) ?? member(decl, env, name, evaluate);
    if (found) known.set(name, found);
    return found;
  });
  return { kind: "instance", decl, env };
}

function member(decl: LayerDecl, env: Env, name: string, evaluate: Evaluate): Meaning | undefined {
  const found = decl.members.find((m) => "name" in m && m.name.name === name);
  switch (found?.kind) {
    case "param":
    case "state":
      if (found.type.kind !== "tensor-type") throw new Unsupported("a parameter like another");
      return shapeOf(env, found.type, evaluate);
    case "field":
      return evaluate(env, found.value);
    case "fn":
      return { kind: "fn", decl: found, env };
    default:
      return undefined;
  }
}

/** A member of a layer by its name. */
export function memberOf({ decl, env }: Instance, name: string): Meaning {
  const known = decl.members.some((m) => "name" in m && m.name.name === name);
  const found =
    known || decl.statics.some((p) => p.name.name === name) ? env.lookup(name) : undefined;
  if (!found) throw new Wrong(`no member ${name}`);
  return found;
}

/** The result of a call, by the signature alone. */
export function callFunction(
  decl: FnDecl,
  parent: Env,
  args: readonly Supplied[],
  evaluate: Evaluate,
): Meaning {
  const env = new Env(parent);
  const given = assign(decl.params, args);
  // One with a default that a call leaves out takes any shape that the others allow.
  const tensors = decl.params.filter((p) => isTensor(p) && (!p.value || given.has(p.name.name)));
  bindStatics(
    env,
    decl.params.filter((p) => !isTensor(p)),
    given,
    evaluate,
  );
  const pairs = tensors.map((param): readonly [TensorTypeExpr, Tensor] => {
    const value = given.get(param.name.name);
    if (value?.kind === "number") return [param.annotation as TensorTypeExpr, tensor([])];
    if (!value || param.annotation?.kind !== "tensor-type") throw new Wrong("a missing tensor");
    return [param.annotation, asTensor(value)];
  });
  unify(env, pairs, evaluate);
  if (!holds(env, decl.where, evaluate)) throw new Wrong(`a clause of ${decl.name.name}`, "clause");
  return resultOf(env, decl, evaluate);
}

/** What the declared result says. */
export function resultOf(env: Env, { result }: FnDecl, evaluate: Evaluate): Meaning {
  if (result?.kind === "tensor-type") return shapeOf(env, result, evaluate);
  if (result?.kind !== "tuple-type") throw new Unsupported("a function without a declared result");
  const items = result.fields.map(({ type }) => {
    if (type.kind !== "tensor-type") throw new Unsupported("a result that is no tensor");
    return shapeOf(env, type, evaluate);
  });
  return { kind: "list", items };
}

/** Binds free names so that the declared types are the actual ones. */
function unify(
  env: Env,
  pairs: readonly (readonly [TensorTypeExpr, Tensor])[],
  evaluate: Evaluate,
): void {
  const axes = pairs.flatMap(([type, actual]) => axesOf(env, type, actual));
  // An axis gives the one unknown that it has; each may help another.
  for (let open = axes; open.length > 0;) {
    const left = open.filter(([expr, size]) => !settle(env, expr, size, evaluate));
    if (left.length === open.length) throw new Wrong("a size that no axis gives");
    open = left;
  }
}

function axesOf(env: Env, type: TensorTypeExpr, { shape, dtype }: Tensor): [Expr, number][] {
  if ((type.dtype?.name ?? "f32") !== dtype) throw new Wrong(`${dtype} for another dtype`);
  const open = type.dims.findIndex((d) => d.kind === "pack");
  const extra = shape.length - type.dims.length + (open < 0 ? 0 : 1);
  if (open < 0 ? extra !== 0 : extra < 0) throw new Wrong("another rank");
  let at = 0;
  const axes: [Expr, number][] = [];
  for (const item of type.dims) {
    if (item.kind !== "pack") axes.push([item, shape[at++] ?? 0]);
    else bindPack(env, packName(item), shape.slice(at, (at += extra)));
  }
  return axes;
}

function bindPack(env: Env, name: string, sizes: readonly number[]): void {
  const known = env.names.get(name);
  if (known?.kind === "pack" && known.sizes.join() !== sizes.join()) throw new Wrong("two packs");
  env.names.set(name, { kind: "pack", sizes });
}

/** Whether an axis is settled: equal to its expression, whose only unknown may be found by trying. */
function settle(env: Env, expr: Expr, size: number, evaluate: Evaluate): boolean {
  const [only, ...others] = freeNames(env, { kind: "tensor-type", dims: [expr], span: expr.span });
  if (others.length > 0) return false;
  if (only === undefined) {
    if (asNumber(evaluate(env, expr)) !== size) throw new Wrong(`an axis of ${String(size)}`);
    return true;
  }
  for (let n = 0; n <= 4 * size + 4; n++) {
    const inner = new Env(env);
    inner.names.set(only, number(n));
    if (asNumber(evaluate(inner, expr)) !== size) continue;
    env.names.set(only, number(n));
    return true;
  }
  throw new Wrong(`nothing makes an axis of ${String(size)}`);
}
