// The cheapest set of values that separates where values come from and where they are needed: a minimum cut by augmenting paths.

/** A value as a node of the network. */
export interface FlowNode<V> {
  readonly value: V;
  /** Price of handing it on. */
  readonly weight: number;
  /** Whether it can be had no other way than by handing on it or something after it. */
  readonly isSource: boolean;
  readonly isNeeded: boolean;
  /** What it is computed from; each is a node. */
  readonly from: readonly V[];
}

/** The values that are handed on, and those that are computed from them. */
export interface Cut<V> {
  readonly weight: number;
  readonly kept: readonly V[];
  readonly again: readonly V[];
}

interface Edge {
  readonly to: number;
  room: number;
  readonly back: number;
}

/**
 * A smallest cut (Ford and Fulkerson 1956). Each value is an edge with its weight from its entry to its exit; of several smallest
 * cuts it is the one nearest to where values are needed, so that least is computed again.
 */
export function smallestCut<V>(nodes: readonly FlowNode<V>[]): Cut<V> {
  const number = new Map(nodes.map(({ value }, i) => [value, i]));
  const [source, sink] = [2 * nodes.length, 2 * nodes.length + 1];
  const network = new Network(2 * nodes.length + 2);
  for (const [i, { weight, isSource, isNeeded, from }] of nodes.entries()) {
    network.connect(2 * i, 2 * i + 1, weight);
    if (isSource) network.connect(source, 2 * i, Infinity);
    if (isNeeded) network.connect(2 * i + 1, sink, Infinity);
    for (const operand of from) {
      const at = number.get(operand);
      if (at !== undefined) network.connect(2 * at + 1, 2 * i, Infinity);
    }
  }
  const weight = network.saturate(source, sink);
  const open = network.leadingTo(sink);
  const kept: V[] = [];
  const again: V[] = [];
  for (const [i, { value }] of nodes.entries()) {
    const [isEntryOpen, isExitOpen] = [open.has(2 * i), open.has(2 * i + 1)];
    if (isExitOpen && !isEntryOpen) kept.push(value);
    if (isEntryOpen && isExitOpen) again.push(value);
  }
  return { weight, kept, again };
}

class Network {
  readonly #edges: Edge[][];

  constructor(size: number) {
    this.#edges = Array.from({ length: size }, () => []);
  }

  connect(from: number, to: number, room: number): void {
    const [there, back] = [this.#of(from), this.#of(to)];
    there.push({ to, room, back: back.length });
    back.push({ to: from, room: 0, back: there.length - 1 });
  }

  /** Sends as much as there is room for, along shortest paths; returns how much. */
  saturate(source: number, sink: number): number {
    let total = 0;
    for (;;) {
      const path = this.#path(source, sink);
      if (!path) return total;
      const room = Math.min(...path.map((e) => e.room));
      if (room === Infinity) return Infinity;
      for (const edge of path) {
        edge.room -= room;
        const back = this.#of(edge.to)[edge.back];
        if (back) back.room += room;
      }
      total += room;
    }
  }

  /** Nodes from which there is still room to get to `sink`. */
  leadingTo(sink: number): Set<number> {
    const found = new Set([sink]);
    for (const node of found)
      for (const edge of this.#of(node)) {
        const forth = this.#of(edge.to)[edge.back];
        if (forth && forth.room > 0) found.add(edge.to);
      }
    return found;
  }

  #path(source: number, sink: number): Edge[] | undefined {
    const into = new Map<number, { readonly node: number; readonly edge: Edge }>();
    const seen = new Set([source]);
    for (const node of seen) {
      for (const edge of this.#of(node)) {
        if (edge.room <= 0 || seen.has(edge.to)) continue;
        seen.add(edge.to);
        into.set(edge.to, { node, edge });
      }
    }
    if (!seen.has(sink)) return undefined;
    const path: Edge[] = [];
    for (let at = into.get(sink); at; at = into.get(at.node)) path.push(at.edge);
    return path;
  }

  #of(node: number): Edge[] {
    return this.#edges[node] ?? [];
  }
}
