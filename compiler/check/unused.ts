// Warnings about members that nothing in their file reads or calls.
import type { Expr, Item, Member, Module } from "../../grammar/ast.js";
import { isExpr, visit } from "../../grammar/walk.js";
import { warnings, type Diagnostic } from "../diagnostics/index.js";
import type { Unit } from "../resolve/modules.js";

/** One warning for each parameter, state and sublayer that its layer never names and no member access in the file reaches. */
export function unusedWarnings(unit: Unit): readonly Diagnostic[] {
  const reached = membersNamed(unit.module);
  return unit.module.items.flatMap((item) => {
    if (item.kind !== "layer" && item.kind !== "adapter") return [];
    // Without functions the layer is unfinished, which its use reports.
    if (!item.members.some((m) => m.kind === "fn")) return [];
    const read = namesRead(item);
    return item.members.flatMap((member) => {
      const kind = kindOf(unit, member);
      if (!kind || !("name" in member)) return [];
      const { name, span } = member.name;
      const isUsed = read.has(name) || reached.has(name) || name === "";
      return isUsed ? [] : [warnings.unused({ name, kind, at: span })];
    });
  });
}

function kindOf(unit: Unit, member: Member): "parameter" | "state" | "layer" | undefined {
  if (member.kind === "param") return "parameter";
  if (member.kind === "state") return "state";
  return member.kind === "field" && makesLayers(unit, member.value) ? "layer" : undefined;
}

/** Whether an expression is a layer or a list of layers, as far as its text and the names of the file tell. */
function makesLayers(unit: Unit, expr: Expr): boolean {
  if (expr.kind === "comprehension") return makesLayers(unit, expr.body);
  if (expr.kind === "list") return expr.items.some((item) => makesLayers(unit, item));
  if (expr.kind === "paren") return makesLayers(unit, expr.inner);
  if (expr.kind !== "call" || expr.callee.kind !== "name") return false;
  const kind = unit.names.get(expr.callee.name)?.item.kind;
  return kind === "layer" || kind === "derived-model";
}

/** Names that stand as expressions inside of a declaration. */
function namesRead(item: Item): ReadonlySet<string> {
  const found = new Set<string>();
  visit(item, (node) => {
    if (isExpr(node) && node.kind === "name") found.add(node.name);
  });
  return found;
}

/** Names that stand after a dot anywhere in a file: `wte.weight`. */
function membersNamed(module: Module): ReadonlySet<string> {
  const found = new Set<string>();
  visit(module, (node) => {
    if (isExpr(node) && node.kind === "member") found.add(node.name.name);
  });
  return found;
}
