// Layers that follow one another: lists of layers and sibling layers of one kind, each of which takes what the one before gives.
import type { Place } from "../check/selectors.js";
import type { Value } from "../ir/op.js";
import { leafSpec } from "./subject.js";

/** Layers in the order in which they are used, with what each of them but the last hands on. */
export interface Chain {
  /** `layers`, or the paths of the first and last of siblings. */
  readonly name: string;
  /** Paths of the layers. */
  readonly links: readonly string[];
  readonly handedOn: readonly Value[];
}

/** Fewer layers than this are no chain. */
const fewest = 4;

/** The chains of a graph among the layers of a model. */
export function chainsIn(order: readonly Value[], layers: readonly Place[]): readonly Chain[] {
  return groupsOf(layers).flatMap((group): Chain[] => {
    const links = inOrderOfUse(order, group);
    if (links.length < fewest) return [];
    const handedOn = handedOver(order, links);
    const [first = "", last = ""] = [links[0], links.at(-1)];
    const list = /^(.*)\.\d+$/.exec(first)?.[1];
    return handedOn ? [{ name: list ?? `${first} … ${last}`, links, handedOn }] : [];
  });
}

/** Layers of one declaration below one parent. */
function groupsOf(layers: readonly Place[]): readonly (readonly string[])[] {
  const groups = new Map<string, Map<object, string[]>>();
  for (const { kind, path, instance } of layers) {
    if (kind !== "layer" || path.length === 0) continue;
    const parent = path.slice(0, -1).join(".");
    const byDecl = groups.get(parent) ?? new Map<object, string[]>();
    byDecl.set(instance.decl, [...(byDecl.get(instance.decl) ?? []), path.join(".")]);
    groups.set(parent, byDecl);
  }
  return [...groups.values()].flatMap((byDecl) => [...byDecl.values()]);
}

const ownerOf = (value: Value, links: readonly string[]): number => {
  const spec = leafSpec(value);
  if (spec?.role !== "parameter") return -1;
  return links.findIndex((link) => spec.name.startsWith(`${link}.`));
};

function inOrderOfUse(order: readonly Value[], group: readonly string[]): readonly string[] {
  if (group.length < fewest) return [];
  const used = new Set<string>();
  for (const value of order) {
    for (const operand of value.operands) {
      const link = group[ownerOf(operand, group)];
      if (link !== undefined) used.add(link);
    }
  }
  return [...used];
}

/** What each layer hands to the next; undefined where one does not take it from the one before. */
function handedOver(
  order: readonly Value[],
  links: readonly string[],
): readonly Value[] | undefined {
  const state: Walk = {
    levels: new Map(),
    weights: new Set(),
    found: new Map(),
    entered: new Set(),
  };
  for (const value of order) {
    if (!see(state, value, ownerOf(value, links))) return undefined;
  }
  const handed = links.slice(0, -1).flatMap((_, i) => state.found.get(i) ?? []);
  return handed.length === links.length - 1 ? handed : undefined;
}

/** What is known while the values of a graph are seen in order. */
interface Walk {
  /** The last layer whose parameters a value depends on; -1 for none. */
  readonly levels: Map<Value, number>;
  /** Values that depend on parameters alone. */
  readonly weights: Set<Value>;
  /** What each layer hands on: the first value of it that the next one uses. */
  readonly found: Map<number, Value>;
  /** Layers that have taken something. */
  readonly entered: Set<number>;
}

/** Sees one value; false where a layer takes something else than what the layer before gives. */
function see(walk: Walk, value: Value, own: number): boolean {
  const { levels, weights } = walk;
  const { operands } = value;
  const level = Math.max(own, ...operands.map((o) => levels.get(o) ?? -1));
  levels.set(value, level);
  if (isWeight(value, weights)) {
    weights.add(value);
    return true;
  }
  return operands.filter((o) => !weights.has(o)).every((o) => take(walk, o, level));
}

const isWeight = (value: Value, weights: ReadonlySet<Value>): boolean =>
  leafSpec(value)?.role === "parameter" ||
  (value.operands.length > 0 && value.operands.every((o) => weights.has(o)));

/** Notes what the layer of a level takes; the first thing must come from the layer before. */
function take({ levels, found, entered }: Walk, operand: Value, level: number): boolean {
  const from = levels.get(operand) ?? -1;
  if (from >= level) return true;
  if (!entered.has(level) && from !== level - 1) return false;
  entered.add(level);
  const before = found.get(from);
  if (from === level - 1 && (!before || operand.id < before.id)) found.set(from, operand);
  return true;
}
