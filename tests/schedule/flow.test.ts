// Smallest cuts agree with a search through all sets.
import fc from "fast-check";
import { expect, test } from "vitest";
import { smallestCut, type FlowNode } from "../../compiler/schedule/flow.js";

/** Graphs of up to eight values, operands before users. */
const networks = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 0, max: 9 }),
      isNeeded: fc.boolean(),
      from: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ weight, isNeeded, from }, value): FlowNode<number> => {
      const operands = value === 0 ? [] : [...new Set(from.map((f) => f % value))];
      return { value, weight, isNeeded, isSource: operands.length === 0, from: operands };
    }),
  );

/** Whether everything needed can be had from what is kept. */
function suffices(nodes: readonly FlowNode<number>[], kept: ReadonlySet<number>): boolean {
  const isHad = (value: number): boolean => {
    const node = nodes[value];
    if (kept.has(value)) return true;
    return node !== undefined && !node.isSource && node.from.every(isHad);
  };
  return nodes.every((n) => !n.isNeeded || isHad(n.value));
}

const weightOf = (nodes: readonly FlowNode<number>[], kept: Iterable<number>): number =>
  [...kept].reduce((sum, v) => sum + (nodes[v]?.weight ?? 0), 0);

test("a cut suffices, has the weight it says, and no lighter one suffices", () => {
  fc.assert(
    fc.property(networks, (nodes) => {
      const cut = smallestCut(nodes);
      expect(suffices(nodes, new Set(cut.kept))).toBe(true);
      expect(weightOf(nodes, cut.kept)).toBe(cut.weight);
      for (let set = 0; set < 2 ** nodes.length; set++) {
        const kept = new Set(nodes.map((n) => n.value).filter((v) => (set >> v) & 1));
        if (suffices(nodes, kept)) expect(weightOf(nodes, kept)).toBeGreaterThanOrEqual(cut.weight);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("of equal cuts it takes the one from which least is computed again", () => {
  const chain = [0, 1, 2].map((value) => ({
    value,
    weight: 1,
    isSource: value === 0,
    isNeeded: value === 2,
    from: value === 0 ? [] : [value - 1],
  }));
  expect(smallestCut(chain)).toEqual({ weight: 1, kept: [2], again: [] });
});
