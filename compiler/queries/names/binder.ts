// Walks a declaration and says what each name in it stands for.
import type {
  AdapterDecl,
  Attribute,
  Documented,
  FnDecl,
  ImportDecl,
  Item,
  LayerDecl,
  Member,
  ModelLine,
  OptimizerDecl,
  Parameter,
  PropertyDecl,
  Selector,
  Setting,
  TrainDecl,
} from "../../../grammar/ast.js";
import type { Library, Unit } from "../../resolve/modules.js";
import { isTensorParam } from "../../check/arguments.js";
import type { Evaluated } from "../evaluated.js";
import { Binding } from "./binding.js";
import { Env } from "./env.js";
import { bindExpr, bindType } from "./expressions.js";
import { parameterNamed, staticNamed } from "./callees.js";
import { bindSelector } from "./paths.js";
import { declaredTarget, memberTarget, topLevel, type Target } from "./target.js";

/** Every name of a declaration that stands for something, in the order of the walk. */
export function bindItem(
  library: Library,
  unit: Unit,
  item: Item,
  evaluation?: Evaluated,
): Binding {
  const b = new Binding(library, unit, item, evaluation);
  const env = b.module();
  attributes(b, env, item);
  if (item.kind !== "import" && item.kind !== "property")
    b.introduce(declaredTarget({ item, unit }));
  walk(b, env, item);
  return b;
}

function walk(b: Binding, env: Env, item: Item): void {
  switch (item.kind) {
    case "import":
      imported(b, item);
      return;
    case "const":
      bindExpr(b, env, item.value);
      return;
    case "fn":
      bindFn(b, env, item);
      return;
    case "layer":
    case "optimizer":
    case "adapter":
      layerLike(b, env, item);
      return;
    case "derived-model":
      b.use(item.base, env.lookup(item.base.name));
      for (const line of item.lines) modelLine(b, env, line);
      return;
    case "train":
      train(b, env, item);
      return;
    case "property":
      law(b, env, item);
  }
}

function layerLike(b: Binding, env: Env, item: LayerDecl | OptimizerDecl | AdapterDecl): void {
  const statics = new Env(env);
  if (item.kind === "adapter") {
    b.use(item.on.layer, env.lookup(item.on.layer.name));
    for (const name of item.on.params) b.declare(statics, "static", name, name);
  }
  for (const param of item.statics) parameter(b, statics, param);
  for (const clause of item.where) bindExpr(b, statics, clause);
  members(b, statics, item, item.members);
}

function imported(b: Binding, { names }: ImportDecl): void {
  for (const { name, alias } of names) {
    const declared = b.unit.names.get((alias ?? name).name) ?? b.library.prelude.get(name.name);
    const to = declared ? declaredTarget(declared) : topLevel(b.library, b.unit, name.name);
    b.use(name, to);
    if (alias) b.use(alias, to);
  }
}

function law(b: Binding, env: Env, item: PropertyDecl): void {
  const own = new Env(env);
  for (const { domain, ...variable } of item.variables) {
    if (domain.kind === "in") bindExpr(b, own, domain.values);
    else bindType(b, own, domain.type, "open");
    b.declare(own, domain.kind === "in" ? "dim" : "tensor", variable.name, variable);
  }
  for (const clause of item.where) bindExpr(b, own, clause);
  bindExpr(b, own, item.body);
}

// ------------------------------------------------------------------- functions

function bindFn(b: Binding, env: Env, fn: FnDecl): void {
  const own = new Env(env);
  signature(b, own, fn.params);
  if (fn.result) bindType(b, own, fn.result, "closed");
  for (const clause of fn.where) bindExpr(b, own, clause);
  bindExpr(b, own, fn.body);
}

/** Statics first, since tensor types may use them; then tensors from left to right. */
function signature(b: Binding, env: Env, params: readonly Parameter[]): void {
  for (const param of params.filter((p) => !isTensorParam(p))) parameter(b, env, param);
  for (const param of params.filter(isTensorParam)) parameter(b, env, param);
}

function parameter(b: Binding, env: Env, param: Parameter): void {
  const isTensor = isTensorParam(param);
  if (param.annotation) bindType(b, env, param.annotation, isTensor ? "open" : "closed");
  if (param.value) bindExpr(b, env, param.value);
  b.declare(env, isTensor ? "tensor" : "static", param.name, param);
}

// --------------------------------------------------------------------- members

function members(b: Binding, statics: Env, item: Item, all: readonly Member[]): void {
  const env = new Env(statics);
  for (const member of all) {
    const made = memberTarget(b.unit, item, member);
    if (made) {
      b.introduce(made);
      env.bind(made);
    }
  }
  for (const member of all) {
    attributes(b, env, member);
    bindMember(b, env, member);
  }
}

function bindMember(b: Binding, env: Env, member: Member): void {
  switch (member.kind) {
    case "fn":
      bindFn(b, env, member);
      return;
    case "init":
      for (const rule of member.rules) {
        selector(b, env, rule.selector);
        bindExpr(b, env, rule.value);
      }
      return;
    case "field":
      bindExpr(b, env, member.value);
      break;
    case "param":
    case "state":
      bindType(b, env, member.type, "closed");
      if (member.init) bindExpr(b, env, member.init);
  }
  if (member.condition) bindExpr(b, env, member.condition);
}

function selector(b: Binding, env: Env, node: Selector): void {
  b.mark(node, env);
  bindSelector(b, node);
  if (node.type) {
    b.mark(node.type, env);
    b.use(node.type, env.lookup(node.type.name));
  }
}

// ----------------------------------------------------- derived models, training

function modelLine(b: Binding, env: Env, line: ModelLine): void {
  attributes(b, env, line);
  if (line.kind === "init") {
    bindMember(b, env, line);
    return;
  }
  if (line.kind === "set") {
    b.use(line.name, staticNamed(b, line.name.name));
    bindExpr(b, env, line.value);
    return;
  }
  for (const node of line.selectors) selector(b, env, node);
  if (line.kind === "adapt") bindExpr(b, env, line.by);
  if (line.kind === "quantize") bindExpr(b, env, line.format);
}

function train(b: Binding, env: Env, { params, where, lines }: TrainDecl): void {
  const own = new Env(env);
  signature(b, own, params);
  for (const clause of where) bindExpr(b, own, clause);
  for (const line of lines) if (line.kind === "let" || line.kind === "var") bindExpr(b, own, line);
  const optimizer = lines.find((l) => l.kind === "setting" && l.name.name === "optimizer");
  const callee = optimizer?.kind === "setting" ? optimizer.value : undefined;
  for (const line of lines) {
    attributes(b, own, line);
    if (line.kind === "setting") bindExpr(b, own, line.value);
    if (line.kind === "metrics") settings(b, own, line.settings, () => undefined);
    if (line.kind !== "group") continue;
    for (const node of line.selectors) selector(b, env, node);
    settings(b, own, line.settings, (name) => callee && parameterNamed(b, own, callee, name));
  }
}

function settings(
  b: Binding,
  env: Env,
  all: readonly Setting[],
  to: (name: string) => Target | undefined,
): void {
  for (const { name, value } of all) {
    b.use(name, to(name.name));
    bindExpr(b, env, value);
  }
}

/** `@vjp(f)` names a function. */
function attributes(b: Binding, env: Env, node: Partial<Documented>): void {
  for (const attribute of node.attributes ?? []) attributeOf(b, env, attribute);
}

function attributeOf(b: Binding, env: Env, { name, args }: Attribute): void {
  if (name.name !== "vjp") return;
  for (const { text, span } of args) b.use({ name: text, span }, env.lookup(text));
}
