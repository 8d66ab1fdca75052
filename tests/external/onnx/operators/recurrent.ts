// Recurrent networks, written out step by step: a node test has few steps.
import { Miss, range, type Call, type Family, type Given } from "../writer.js";

/** What one direction of a network is made of: expressions of its weights, and its size. */
interface Cell {
  readonly hidden: number;
  /** `[gates * hidden, hidden]`. */
  readonly recurrence: string;
  /** The bias of the recurrence, or undefined where there is none. */
  readonly bias: string | undefined;
  readonly peepholes: string | undefined;
}

/** One step: what the input gives (weights and bias applied), and the states before it, to the states after it. */
type Step = (call: Call, cell: Cell, input: string, states: readonly string[]) => readonly string[];

/** A kind of network: how many gates and states it has, and its step. */
interface Kind {
  readonly gates: number;
  readonly states: number;
  /** Activations that the step has been written for. */
  readonly activations: readonly string[];
  readonly step: Step;
}

const rnnStep: Step = (call, { recurrence, bias }, input, [h = ""]) => [
  call.let(`tanh(${input} + ${h} @ ${recurrence}.T${plus(bias)})`),
];

const plus = (bias: string | undefined): string => (bias === undefined ? "" : ` + ${bias}`);

const lstmStep: Step = (call, { recurrence, bias, peepholes, hidden }, input, [h = "", c = ""]) => {
  const all = call.let(`${input} + ${h} @ ${recurrence}.T${plus(bias)}`);
  const [i = "", o = "", f = "", g = ""] = call.writer.parts(4, `split(${all}, 4, axis = -1)`);
  const peep = (gate: number, state: string): string =>
    peepholes === undefined
      ? ""
      : ` + ${peepholes}[${String(gate * hidden)}:${String((gate + 1) * hidden)}] * ${state}`;
  const kept = `sigmoid(${f}${peep(2, c)}) * ${c}`;
  const cell = call.let(`${kept} + sigmoid(${i}${peep(0, c)}) * tanh(${g})`);
  return [call.let(`sigmoid(${o}${peep(1, cell)}) * tanh(${cell})`), cell];
};

const gruStep: Step = (call, { recurrence, bias, hidden }, input, [h = ""]) => {
  const part = (text: string, from: number, to: number): string =>
    `${text}[${String(from * hidden)}:${String(to * hidden)}]`;
  const two = bias === undefined ? undefined : part(bias, 0, 2);
  const last = bias === undefined ? undefined : part(bias, 2, 3);
  const sizes = `[${String(2 * hidden)}, ${String(hidden)}]`;
  const [gates = "", fresh = ""] = call.writer.parts(2, `split(${input}, ${sizes}, axis = -1)`);
  const both = call.let(`sigmoid(${gates} + ${h} @ ${part(recurrence, 0, 2)}.T${plus(two)})`);
  const [z = "", r = ""] = call.writer.parts(2, `split(${both}, 2, axis = -1)`);
  const weight = part(recurrence, 2, 3);
  const isResetLast = call.int("linear_before_reset", 0) === 1;
  const memory = isResetLast
    ? `${r} * (${h} @ ${weight}.T${plus(last)})`
    : `(${r} * ${h}) @ ${weight}.T${plus(last)}`;
  const next = call.let(`tanh(${fresh} + ${memory})`);
  return [call.let(`(1 - ${z}) * ${next} + ${z} * ${h}`)];
};

/** Runs a network in its one or two directions. */
const recurrent =
  (kind: Kind) =>
  (call: Call): readonly Given[] => {
    refuseUnusual(call, kind);
    const isBatchFirst = call.int("layout", 0) === 1;
    const x = isBatchFirst ? call.let(`rearrange(${call.x(0)}, [b t i -> t b i])`) : call.x(0);
    const [time = 1, batch = 1] = isBatchFirst
      ? [call.shape(0)[1], call.shape(0)[0]]
      : call.shape(0);
    const direction = call.word("direction", "forward");
    const count = call.shape(1)[0] ?? 1;
    const runs = range(count).map((d) =>
      runDirection(call, kind, x, { d, time, batch, isBack: direction === "reverse" || d === 1 }),
    );
    const [outer, last] = isBatchFirst ? [2, 1] : [1, 0];
    const time0 = isBatchFirst ? 1 : 0;
    const all = runs.map(({ outputs }) =>
      call.let(`stack(${outputs.join(", ")}, axis = ${String(time0)})`),
    );
    const finals = range(kind.states).map(
      (s) => `stack(${runs.map(({ states }) => states[s]).join(", ")}, axis = ${String(last)})`,
    );
    return [`stack(${all.join(", ")}, axis = ${String(outer)})`, ...finals];
  };

interface Direction {
  readonly d: number;
  readonly time: number;
  readonly batch: number;
  readonly isBack: boolean;
}

function runDirection(call: Call, kind: Kind, x: string, { d, time, batch, isBack }: Direction) {
  const hidden = call.shape(2)[2] ?? 1;
  const size = kind.gates * hidden;
  const own = (index: number): string => call.let(`${call.x(index)}[${String(d)}]`);
  const bias = call.has(3) ? own(3) : undefined;
  const [first, second] = [
    `${String(bias)}[:${String(size)}]`,
    `${String(bias)}[${String(size)}:]`,
  ];
  const inputs = call.let(`${x} @ ${own(1)}.T${bias === undefined ? "" : ` + ${first}`}`);
  const cell: Cell = {
    hidden,
    recurrence: own(2),
    bias: bias === undefined ? undefined : call.let(second),
    peepholes: call.has(7) ? own(7) : undefined,
  };
  const isBatchFirst = call.int("layout", 0) === 1;
  let states = range(kind.states).map((s) => {
    if (!call.has(5 + s)) return call.let(`zeros([${String(batch)}, ${String(hidden)}])`);
    return call.let(
      isBatchFirst ? `${call.x(5 + s)}[:, ${String(d)}]` : `${call.x(5 + s)}[${String(d)}]`,
    );
  });
  const outputs: string[] = [];
  for (const t of isBack ? range(time).toReversed() : range(time)) {
    states = [...kind.step(call, cell, call.let(`${inputs}[${String(t)}]`), states)];
    outputs[t] = states[0] ?? "";
  }
  return { outputs, states };
}

/** Activations other than the usual, clipping, and sequences of different lengths have no step here. */
function refuseUnusual(call: Call, { activations }: Kind): void {
  for (const name of ["clip", "input_forget"])
    if (call.node.attributes.has(name)) throw new Miss(`a recurrent network with \`${name}\``);
  const named = call.node.attributes.get("activations")?.strings ?? [];
  const unusual = named
    .map((bytes) => Buffer.from(bytes).toString("utf8"))
    .find((name, i) => name !== activations[i % activations.length]);
  if (unusual !== undefined) throw new Miss(`a recurrent network with the activation ${unusual}`);
  const time = call.int("layout", 0) === 1 ? call.shape(0)[1] : call.shape(0)[0];
  if (call.has(4) && call.numbers(4).some((length) => length !== time))
    throw new Miss("sequences of different lengths");
}

/** Recurrent networks. */
export const recurrents: Family = {
  RNN: recurrent({ gates: 1, states: 1, activations: ["Tanh"], step: rnnStep }),
  GRU: recurrent({ gates: 3, states: 1, activations: ["Sigmoid", "Tanh"], step: gruStep }),
  LSTM: recurrent({
    gates: 4,
    states: 2,
    activations: ["Sigmoid", "Tanh", "Tanh"],
    step: lstmStep,
  }),
};
