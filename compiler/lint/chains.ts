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
  const level = new Map<Value, number>();
  const isWeight = new Map<Value, boolean>();
  const found: (Value | undefined)[] = links.map(() => undefined);
  const entered = new Set<number>();
  for (const value of order) {
    const own = ownerOf(value, links);
    const levels = value.operands.map((o) => level.get(o) ?? -1);
    const top = Math.max(own, ...levels);
    level.set(value, top);
    isWeight.set(
      value,
      leafSpec(value)?.role === "parameter" ||
        (value.operands.length > 0 && value.operands.every((o) => isWeight.get(o) === true)),
    );
    if (own >= 0 || isWeight.get(value) === true) continue;
    for (const [i, operand] of value.operands.entries()) {
      const from = levels[i] ?? -1;
      if (isWeight.get(operand) === true || from >= top || top < 0) continue;
      if (!entered.has(top)) {
        // The first thing that a layer takes must come from the layer before.
        if (from !== top - 1) return undefined;
        entered.add(top);
      }
      if (from === top - 1 && from >= 0) {
        const before = found[from];
        if (!before || operand.id < before.id) found[from] = operand;
      }
    }
  }
  const handed = found.slice(0, -1).filter((v) => v !== undefined);
  return handed.length === links.length - 1 ? handed : undefined;
}
