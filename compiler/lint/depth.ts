// The sizes at which a model is looked at: its defaults, with fewer layers where a static argument counts them.
import type { Call, Expr, LayerDecl, Node, Parameter } from "../../grammar/ast.js";
import { visit } from "../../grammar/walk.js";
import { staticKindOf } from "../check/arguments.js";
import type { Sets } from "../lower/root.js";
import type { Unit } from "../resolve/modules.js";

/** Layers of one list that are looked at: three of them hand on to another, and their two ratios say whether growth is steady. */
const fewLayers = 4;

/** Sizes to try for dims without a default, in this order: one of them suits most clauses. */
const guesses = [64, 16, 8, 4, 2, 1];

/** Settings to try for a model, best first; none where a static argument has neither a default nor a size to try. */
export function settingsFor(decl: LayerDecl, unit: Unit): readonly Sets[] {
  const open = decl.statics.filter((p) => p.value === undefined);
  if (open.some((p) => !["dim", "dims"].includes(staticKindOf(p)))) return [];
  const counts = countsOf(decl, unit, 0);
  const shallow: Record<string, string> = {};
  for (const param of decl.statics.filter((p) => counts.has(p.name.name))) {
    if (param.value === undefined || (defaultOf(param) ?? 0) > fewLayers)
      shallow[param.name.name] = String(fewLayers);
  }
  const sizes = open.length === 0 ? [undefined] : guesses;
  const tries = sizes.map((size): Sets => {
    const given = open.map((p) => [p.name.name, String(size)] as const);
    return { ...Object.fromEntries(given), ...shallow };
  });
  return open.length === 0 && Object.keys(shallow).length > 0 ? [...tries, {}] : tries;
}

/** The depth that a list of layers has by default, given the depth that was looked at. */
export const fullDepth = (decl: LayerDecl, sets: Sets, seen: number): number => {
  const depths = decl.statics.flatMap((p) =>
    p.name.name in sets && seen === Number(sets[p.name.name]) ? (defaultOf(p) ?? []) : [],
  );
  return depths[0] ?? seen;
};

const defaultOf = ({ value }: Parameter): number | undefined =>
  value?.kind === "number" && value.isInteger ? value.value : undefined;

/** The static arguments that bound a list of layers or a loop, here or in a layer that they are handed to. */
function countsOf(decl: LayerDecl, unit: Unit, depth: number): ReadonlySet<string> {
  const statics = new Set(decl.statics.map((p) => p.name.name));
  const found = new Set<string>();
  const note = (expr: Expr | undefined): void => {
    if (expr?.kind === "name" && statics.has(expr.name)) found.add(expr.name);
  };
  for (const member of decl.members) {
    visit(member, (node) => {
      if (isRange(node)) note(node.end);
      if (depth < 4 && isCall(node)) for (const arg of countArgs(node, unit, depth)) note(arg);
    });
  }
  return found;
}

/** The arguments of a call of a layer that bound lists inside of it. */
function countArgs(call: Call, unit: Unit, depth: number): readonly Expr[] {
  if (call.callee.kind !== "name") return [];
  const declared = unit.names.get(call.callee.name);
  if (declared?.item.kind !== "layer") return [];
  const { statics } = declared.item;
  const inner = countsOf(declared.item, declared.unit, depth + 1);
  return call.args.flatMap(({ name, value }, i) => {
    const param = name?.name ?? statics[i]?.name.name;
    return param !== undefined && inner.has(param) ? [value] : [];
  });
}

const isRange = (node: Node | object): node is Extract<Expr, { kind: "range" }> =>
  "kind" in node && node.kind === "range";
const isCall = (node: Node | object): node is Call => "kind" in node && node.kind === "call";
