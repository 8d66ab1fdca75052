// What names in expressions, statements and types stand for.
import type {
  Block,
  Call,
  DimItem,
  Expr,
  IndexItem,
  LetStatement,
  Pattern,
  PatternAxis,
  Statement,
  TypeExpr,
} from "../../../grammar/ast.js";
import type { Binding } from "./binding.js";
import { memberNamed, parameterNamed } from "./callees.js";
import { canBeSize, Env } from "./env.js";
import type { Target } from "./target.js";

/** Whether free names of a type become sizes of its signature. */
export type Openness = "open" | "closed";

/** Finds the names in an expression, or in a `let` among the lines of a training run. */
export function bindExpr(b: Binding, env: Env, expr: Expr | LetStatement): void {
  b.mark(expr, env);
  switch (expr.kind) {
    case "name":
      b.use(expr, env.lookup(expr.name));
      return;
    case "member":
      bindExpr(b, env, expr.object);
      b.use(expr.name, memberNamed(b, expr));
      return;
    case "call":
      call(b, env, expr);
      return;
    case "let":
    case "var":
      binding(b, env, expr);
      return;
    case "block":
      block(b, env, expr);
      return;
    case "lambda": {
      const inner = new Env(env);
      for (const param of expr.params) b.declare(inner, "let", param, param);
      bindExpr(b, inner, expr.body);
      return;
    }
    case "comprehension": {
      bindExpr(b, env, expr.iterable);
      const inner = new Env(env);
      b.declare(inner, "loop", expr.variable, expr);
      bindExpr(b, inner, expr.body);
      return;
    }
    case "pattern":
      pattern(b, env, expr);
      return;
    case "type":
      bindType(b, env, expr.type, "closed");
      return;
    default:
      for (const part of partsOf(expr)) bindExpr(b, env, part);
  }
}

type Rest = Exclude<
  Expr,
  {
    readonly kind:
      "name" | "member" | "call" | "block" | "lambda" | "comprehension" | "pattern" | "type";
  }
>;

/** The expressions directly in one that binds nothing. */
function partsOf(expr: Rest): readonly Expr[] {
  switch (expr.kind) {
    case "index":
      return [expr.object, ...expr.items.flatMap(indexParts)];
    case "unary":
      return [expr.operand];
    case "binary":
    case "pipe":
      return [expr.left, expr.right];
    case "if":
      return [expr.condition, expr.then, ...(expr.otherwise ? [expr.otherwise] : [])];
    case "tuple":
    case "list":
      return expr.items;
    case "range":
      return [expr.start, expr.end];
    case "paren":
      return [expr.inner];
    case "number":
    case "bool":
    case "string":
    case "error":
      return [];
  }
}

function indexParts(item: IndexItem): readonly Expr[] {
  if (item.kind === "at") return [item.value];
  return item.kind === "slice" ? [item.start, item.stop, item.step].flatMap((e) => e ?? []) : [];
}

// ----------------------------------------------------------------------- calls

function call(b: Binding, env: Env, expr: Call): void {
  bindExpr(b, env, expr.callee);
  const axes = new Map<string, Target>();
  for (const arg of expr.args)
    if (arg.value.kind === "pattern") {
      b.mark(arg.value, env);
      pattern(b, env, arg.value, axes);
    }
  for (const arg of expr.args) {
    b.mark(arg, env);
    const { name, value } = arg;
    if (name) b.use(name, axes.get(name.name) ?? parameterNamed(b, env, expr, name.name));
    if (value.kind !== "pattern") bindExpr(b, env, value);
  }
}

/** Names on a pattern are sizes in scope, else axes of their own. */
function pattern(
  b: Binding,
  env: Env,
  { inputs, output }: Pattern,
  axes = new Map<string, Target>(),
): void {
  const visit = (axis: PatternAxis): void => {
    if (axis.kind === "group") axis.axes.forEach(visit);
    if (axis.kind !== "axis") return;
    const outer = env.lookup(axis.name);
    const known = axes.get(axis.name) ?? (outer && isSize(outer) ? outer : undefined);
    if (known) b.use(axis, known);
    else axes.set(axis.name, b.declare(undefined, "axis", axis, axis));
  };
  [...inputs.flat(), ...output].forEach(visit);
}

const sizes: ReadonlySet<Target["kind"]> = new Set([
  "static",
  "dim",
  "loop",
  "const",
  "field",
  "let",
]);
const isSize = ({ kind }: Target): boolean => sizes.has(kind);

// ------------------------------------------------------------------ statements

function block(b: Binding, env: Env, { statements, value }: Block): void {
  const own = new Env(env);
  for (const statement of statements) bindStatement(b, own, statement);
  if (value) bindExpr(b, own, value);
}

function bindStatement(b: Binding, env: Env, statement: Statement): void {
  b.mark(statement, env);
  switch (statement.kind) {
    case "let":
    case "var":
      binding(b, env, statement);
      return;
    case "assign":
      bindExpr(b, env, statement.value);
      b.use(statement.name, env.lookup(statement.name.name), true);
      return;
    case "write":
      bindExpr(b, env, statement.target);
      bindExpr(b, env, statement.value);
      return;
    case "for": {
      bindExpr(b, env, statement.iterable);
      const inner = new Env(env);
      b.declare(inner, "loop", statement.variable, statement);
      bindExpr(b, inner, statement.body);
      return;
    }
    case "assert":
      bindExpr(b, env, statement.condition);
      return;
    case "expression":
      bindExpr(b, env, statement.value);
  }
}

function binding(b: Binding, env: Env, statement: LetStatement): void {
  bindExpr(b, env, statement.value);
  if (statement.annotation) bindType(b, env, statement.annotation, "closed");
  // What comes later sees the new names, what came before does not: both keep the table of their moment.
  for (const name of statement.names) b.declare(env, statement.kind, name, statement);
}

// ----------------------------------------------------------------------- types

/** Finds the names in a type; of an open one, those that nothing binds become sizes of the signature. */
export function bindType(b: Binding, env: Env, type: TypeExpr, openness: Openness): void {
  b.mark(type, env);
  switch (type.kind) {
    case "tensor-type":
      if (type.dtype) b.use(type.dtype, env.lookup(type.dtype.name));
      for (const item of type.dims) dimItem(b, env, item, openness);
      return;
    case "like":
      b.use(type.of, env.lookup(type.of.name));
      return;
    case "layer-type":
      b.use(type.name, env.lookup(type.name.name));
      for (const arg of type.args ?? []) bindExpr(b, env, arg.value);
      return;
    case "tuple-type":
      for (const field of type.fields) {
        bindType(b, env, field.type, openness);
        if (field.name) b.declare(undefined, "result", field.name, field.type);
      }
      return;
    case "kind":
  }
}

function dimItem(b: Binding, env: Env, item: DimItem, openness: Openness): void {
  b.mark(item, env);
  if (item.kind !== "pack") {
    if (openness === "open") openNames(b, env, item);
    bindSize(b, env, item);
  } else if (item.name) {
    const name = `...${item.name.name}`;
    const known = env.lookup(name);
    if (known) b.use(item.name, known);
    else if (openness === "open") {
      const made = b.declare(undefined, "dim", item.name, item);
      env.bind({ ...made, name });
    }
  }
}

/** Binds the names of a size that nothing in scope binds. */
function openNames(b: Binding, env: Env, expr: Expr): void {
  if (expr.kind === "name") {
    const known = env.lookup(expr.name);
    if (!known || !canBeSize(known)) b.declare(env, "dim", expr, expr);
    return;
  }
  if (expr.kind === "call") for (const arg of expr.args) openNames(b, env, arg.value);
  else if (expr.kind === "binary" || expr.kind === "unary" || expr.kind === "paren")
    for (const part of partsOf(expr)) openNames(b, env, part);
}

/** As an expression, without the place where a size was just declared. */
function bindSize(b: Binding, env: Env, expr: Expr): void {
  const before = b.found.length;
  bindExpr(b, env, expr);
  const declared = new Set(
    b.found.filter(({ isDeclaration }) => isDeclaration).map(({ span }) => span.start),
  );
  const kept = b.found.splice(before).filter(({ span }) => !declared.has(span.start));
  b.found.push(...kept);
}
