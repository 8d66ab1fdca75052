// Nodes that hold graphs: one of two branches, and a graph run over the steps of a sequence.
import type { Dtype } from "../../../../compiler/types/dtype.js";
import type { GraphProto } from "../proto.js";
import { list, Miss, range, type Call, type Family, type Given, type Operand } from "../writer.js";

function graphIn(call: Call, name: string): GraphProto {
  const graph = call.node.attributes.get(name)?.g;
  if (graph) return graph;
  throw new Miss(`no graph \`${name}\``);
}

/** Both branches, and a selection between their results: types do not depend on a condition known only at run time. */
function branch(call: Call): readonly Given[] {
  const [yes, no] = ["then_branch", "else_branch"].map((name) =>
    call.inline(graphIn(call, name), []),
  );
  return (yes ?? []).map((a, i) => {
    const b = no?.[i];
    if (!b || list(a.type.shape) !== list(b.type.shape))
      throw new Miss("branches whose results differ in type");
    const [left, right] = [call.writer.read(a), call.writer.read(b)];
    return { text: `select(${call.x()}, ${left}, ${right})`, type: a.type };
  });
}

/** A graph over the first axis (before version 9, over the second one of a batch), written out step by step. */
function scan(call: Call): readonly Given[] {
  const body = graphIn(call, "body");
  const isBatched = call.version < 9;
  const from = isBatched ? 1 : 0;
  if (isBatched && call.has(0)) throw new Miss("sequences of different lengths");
  const sequences = call.int("num_scan_inputs", 1);
  const carried = call.count - from - sequences;
  const axis = isBatched ? 1 : 0;
  const time = call.shape(from + carried)[axis] ?? 1;
  const batches = isBatched ? (call.shape(from + carried)[0] ?? 1) : 1;
  const runs = range(batches).map((b) => {
    const at = (index: number, t?: number): Operand => {
      const { type } = call.operand(index);
      const places = [...(isBatched ? [b] : []), ...(t === undefined ? [] : [t])];
      const text =
        places.length === 0 ? call.x(index) : call.let(`${call.x(index)}[${places.join(", ")}]`);
      const shape = type.shape.slice(places.length);
      return { text, type: { dtype: type.dtype, shape }, known: undefined, isConstant: false };
    };
    let states = range(carried, from).map((index) => at(index));
    const rows: (readonly Operand[])[] = [];
    for (const t of range(time)) {
      const now = range(sequences, from + carried).map((index) => at(index, t));
      const results = call.inline(body, [...states, ...now]);
      states = results.slice(0, carried);
      rows.push(results.slice(carried));
    }
    const stacked = (rows[0] ?? []).map((_, i) =>
      call.let(`stack(${rows.map((row) => row[i]?.text).join(", ")})`),
    );
    return [...states.map(({ text }) => text), ...stacked];
  });
  const [first = []] = runs;
  return first.map((text, i) =>
    isBatched ? `stack(${runs.map((run) => run[i]).join(", ")})` : text,
  );
}

/** A number that the program does not read, such as that of a round. */
const fixed = (dtype: Dtype, value: number): Operand => ({
  text: "",
  type: { dtype, shape: [] },
  known: { dtype, shape: [], data: [value] },
  isConstant: true,
});

/** A graph run a known number of times, written out round by round; its condition has to stay known as well. */
function loop(call: Call): readonly Given[] {
  const body = graphIn(call, "body");
  const [rounds = 0] = call.numbers(0);
  const isOn = (condition: Operand | undefined): boolean => {
    const value = condition?.known?.data[0];
    if (value === undefined || condition?.isConstant !== true)
      throw new Miss("the number of rounds is known only while the program runs");
    return value !== 0;
  };
  let condition: Operand | undefined = fixed("bool", call.has(1) ? (call.numbers(1)[0] ?? 1) : 1);
  let states = range(call.count - 2, 2).map((i): Operand => ({
    ...call.operand(i),
    text: call.x(i),
  }));
  const rows: (readonly Operand[])[] = [];
  for (let round = 0; round < rounds && isOn(condition); round++) {
    const [next, ...results]: readonly Operand[] = call.inline(body, [
      fixed("i32", round),
      condition ?? fixed("bool", 1),
      ...states,
    ]);
    condition = next;
    states = results.slice(0, states.length);
    rows.push(results.slice(states.length));
  }
  const stacked = (rows[0] ?? []).map(
    (_, i) => `stack(${rows.map((row) => row[i]?.text).join(", ")})`,
  );
  return [...states.map(({ text }) => text), ...stacked];
}

/** Nodes that hold graphs. */
export const control: Family = { If: branch, Scan: scan, Loop: loop };
