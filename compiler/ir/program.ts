// Programs: graphs with named leaves and results, and the entries that a compiled model offers.
import type { Span } from "../../grammar/source.js";
import type { CodedStorage } from "../../runtime/format.js";
import type { Dim, Sym } from "../types/dim.js";
import type { Dtype } from "../types/dtype.js";
import type { Graph } from "./graph.js";
import type { Value } from "./op.js";

/** A graph with its named results. Its leaves are values of the op `leaf`, whose attrs are a `LeafSpec`. */
export interface Program {
  readonly graph: Graph;
  readonly outputs: readonly Output[];
}

/** What a leaf stands for. */
export interface LeafSpec {
  /** Argument name, or path of a parameter or state. */
  readonly name: string;
  /**
   * `input`: given on each call. `parameter`: trained. `state`: saved, changed by the program.
   * `scalar`: a rank-0 number given on each call that may change every step (seed, step, position): travels in the uniform block.
   */
  readonly role: "input" | "parameter" | "state" | "scalar";
  readonly dtype: Dtype;
  readonly shape: readonly Dim[];
}

/**
 * One result of a scan, as the attrs of its value. The operands are the first states, then what is gone through along
 * its first axis, then what is the same in all rounds. Values with the same body and operands are results of one scan.
 */
export interface ScanSpec {
  /**
   * One round: the input leaf named `3` is the fourth operand, for a state what the round before left, for a sequence its
   * element. Outputs are the next states, then what is added up over the rounds, then whatever else is collected.
   */
  readonly body: Program;
  readonly states: number;
  readonly sequences: number;
  /** How many outputs after the states are added up; the first round starts from zero. */
  readonly sums: number;
  /** Number of rounds. */
  readonly length: Dim;
  /** Which output of the body this is: of all rounds along a new first axis, or their sum. */
  readonly result: number;
}

/** Whether an output of a scan is added up over the rounds. */
export const isSum = ({ states, sums }: ScanSpec, output: number): boolean =>
  output >= states && output < states + sums;

export interface Output {
  /** `out` or the declared name of a result; the path of a parameter or state; `inputs.NAME` for the gradient of an input. */
  readonly name: string;
  /** `parameter` is the next content of a parameter (update programs); `state` the next content of a state. */
  readonly role: "result" | "gradient" | "state" | "parameter";
  readonly value: Value;
}

/** What the caller of an entry must know, and what is checked before the device is touched. */
export interface Signature {
  /** Free dims, bound by the shapes of inputs. */
  readonly symbols: readonly Sym[];
  readonly inputs: readonly InputSpec[];
  readonly guards: readonly GuardSpec[];
}
export interface InputSpec extends LeafSpec {
  /** Exclusive bound of integer values where they index something: token ids below `V`. */
  readonly below?: Dim;
  /** Smallest legal value where `below` is given; 0 unless an ignore index is declared. */
  readonly except?: number;
}
/** A `where` clause that free dims must satisfy. */
export interface GuardSpec {
  readonly relation: "==" | "!=" | "<=" | "<";
  readonly left: Dim;
  readonly right: Dim;
  /** As written: `T <= Tmax`. */
  readonly text: string;
  readonly span?: Span;
}

/** A parameter or state of a built model, with concrete shape. */
export interface VariableSpec {
  readonly path: string;
  readonly role: "parameter" | "state";
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly isTrainable: boolean;
  /** Whether an adapter adds it, so that weights of the adapted model lack it. */
  readonly isAdded?: boolean;
  /** How it is stored, where not as its dtype says: then its leaf is a vector of words. */
  readonly storage?: CodedStorage;
  readonly span?: Span;
}

/** An adapter around a layer of a built model. */
export interface AdapterSpec {
  /** Path of the layer that it adapts. */
  readonly path: string;
  /** Names of the adapter and of the layer's declaration. */
  readonly adapter: string;
  readonly on: string;
  /** The line that put it there. */
  readonly line: string;
  /** Its static arguments that are one number or a condition. */
  readonly settings: Readonly<Record<string, number | boolean>>;
  /** By what its update is multiplied, where it says so in a member `scale`. */
  readonly scale?: number;
  /** Paths of the parameters and states that it adds. */
  readonly tensors: readonly string[];
}

/** One callable thing of a compiled model. */
export interface Entry {
  /** `forward`, `forward.grad`, `init`, the name of a `train` declaration. */
  readonly name: string;
  readonly signature: Signature;
  readonly program: Program;
}

/**
 * One training step. `step` yields the results `loss` and metrics, the gradient of every trainable parameter, and next states.
 * Then, over the flat arenas: `clip` (leaf input `gradients: f32[N]`; results such as `scale` become scalars of the updates), then each
 * update.
 */
export interface TrainStep extends Entry {
  readonly accumulation?: Accumulation;
  readonly clip?: Program;
  readonly updates: readonly Update[];
  /** Optimizer states by name with their start value: zeros unless the declaration says otherwise. */
  readonly moments: readonly { readonly name: string; readonly start: number }[];
  /** Numbers that the step and `clip` read as states of these names and may change, with their start values. */
  readonly numbers?: readonly { readonly name: string; readonly start: number }[];
}

/**
 * One update for the gradients of several micro-batches, which are averaged. After each but the last `add`: leaves input `g`, state
 * `sums` and the scalar `micro-batch` (from 0), output state `sums`. After the last `finish`: the same leaves but the scalar, output of role `gradient`.
 */
export interface Accumulation {
  readonly count: number;
  /** The symbol that stands for the number of elements of all gradients together. */
  readonly length: Sym;
  readonly add: Program;
  readonly finish: Program;
}

/**
 * The update of some parameters. Where the rule is elementwise, `isFlat` and the program's shapes are `[N]`, N being the number of
 * elements of all of them together (with the padding the plan adds); else there is one parameter and shapes are its own.
 * Leaves: parameter `p`, input `g`, states by name, scalars `step` and, when the step clips, `scale`.
 * Outputs: role `parameter` name `p`; role `state` by name.
 */
export interface Update {
  readonly parameters: readonly string[];
  readonly isFlat: boolean;
  /** The symbol that stands for N in a flat program. */
  readonly length?: Sym;
  readonly program: Program;
}

/** Everything the front end makes of one model or function: what the back end plans and the reference evaluates. */
export interface Compiled {
  readonly name: string;
  readonly variables: readonly VariableSpec[];
  /** What stands around its layers. */
  readonly adapters?: readonly AdapterSpec[];
  readonly entries: readonly Entry[];
  /**
   * Fill parameters and states from the scalar `seed`, one program after the other: outputs of role `parameter` and `state`. A
   * program reads only what those before it fill, or what was loaded instead.
   */
  readonly init: readonly Program[];
  readonly steps: readonly TrainStep[];
}
