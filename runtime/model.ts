// What every opened model can do, be it on this thread or in a worker.
import type { Artifact } from "./format.js";
import { write, type GenerateOptions, type Logits } from "./generate.js";
import type { InputValue, TensorData, TensorValue } from "./inputs.js";

/** Inputs of a call by name. */
export type Inputs = Readonly<Record<string, InputValue>>;

/** Numbers that a training step gives back. */
export interface StepResult {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** How to train. */
export interface TrainOptions {
  /** Last step; without it training goes on as long as there are batches. */
  readonly steps?: number;
  /** Steps done before, of a run that goes on; 0 where left out. */
  readonly from?: number;
  /** Feeds dropout and the like; 0 where left out. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Batches of a run: one after another, or made for the number of a step, which starts at 1. */
export type Batches =
  Iterable<Inputs> | AsyncIterable<Inputs> | ((step: number) => Inputs | Promise<Inputs>);

/** A model that was opened. Calls run one after another; their order is the order in which they are made. */
export abstract class Model {
  abstract readonly artifact: Artifact;
  /** Whose writing the model's cache of keys and values holds. */
  #writing: object | undefined;

  /** Evaluates an entry. Inputs are checked first; results are read back. States change as the entry says. */
  abstract run(name: string, inputs: Inputs): Promise<Record<string, TensorValue>>;

  /**
   * One step of training: parameters, states and moments change on the device. A step that accumulates gradients takes a list of
   * inputs, one for each micro-batch; loss and metrics are means over them.
   */
  abstract trainStep(
    name: string,
    inputs: Inputs | readonly Inputs[],
    scalars?: Readonly<Record<string, number>>,
  ): Promise<StepResult>;

  /** Fills parameters and states: with what is given by path, the others by their initialisers, which may read those. */
  abstract init(seed: number, given?: Readonly<Record<string, TensorData>>): Promise<void>;

  /** Parameters and states by path, and moments of the optimizer as `NAME/PATH` once a step has run. */
  abstract readVariables(): Promise<Record<string, TensorValue>>;

  /** The last row of the one result of an entry: the logits of the last position. */
  abstract lastRow(name: string, inputs: Inputs): Promise<ArrayLike<number>>;

  /** Frees everything that the model holds on the device. */
  abstract dispose(): void;

  /** Trains, and gives the loss of each step back as soon as it is known. */
  async *train(
    name: string,
    batches: Batches,
    { steps = Infinity, from = 0, seed = 0, signal }: TrainOptions = {},
  ): AsyncGenerator<StepResult & { readonly step: number }, void, void> {
    const next = readerOf(batches);
    const count = this.artifact.steps.find((s) => s.name === name)?.accumulation?.count ?? 1;
    for (let step = from + 1; step <= steps; step++) {
      signal?.throwIfAborted();
      const inputs: Inputs[] = [];
      while (inputs.length < count) {
        const part = await next((step - 1) * count + inputs.length + 1);
        if (!part) return;
        inputs.push(part);
      }
      yield { step, ...(await this.trainStep(name, inputs, { seed, step })) };
    }
  }

  /**
   * Writes token ids after a prompt, each as soon as it is chosen; with the model's cache of keys and values where it has one. Several may
   * be written at once: as there is one cache, each change from one to another computes all of its tokens again.
   */
  generate(options: GenerateOptions): AsyncGenerator<number, void, void> {
    const mine = {};
    const logits: Logits = (entry, inputs) => this.lastRow(entry, inputs);
    return write(this.artifact, logits, options, () => {
      const wroteLast = this.#writing === mine;
      this.#writing = mine;
      return wroteLast;
    });
  }
}

/** The batch of a step, or undefined after the last one. */
function readerOf(batches: Batches): (step: number) => Promise<Inputs | undefined> {
  if (typeof batches === "function") return async (step) => batches(step);
  const items =
    Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  return async () => {
    const item = await items.next();
    return item.done === true ? undefined : item.value;
  };
}
