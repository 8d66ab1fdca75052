// The order in which samples are drawn, every epoch in an order of its own; the same in `dl train` and in the playground.
import { permutation } from "./random.js";

/** An endless row of epochs over some samples. */
export class Epochs {
  readonly #samples: number;
  readonly #seed: number;
  #order: Uint32Array = new Uint32Array();
  #number = -1;

  constructor(samples: number, seed: number) {
    this.#samples = samples;
    this.#seed = seed;
  }

  /** The samples of a step, which starts at 1, in batches of one size. */
  rows(step: number, batch: number): readonly number[] {
    const first = (step - 1) * batch;
    return Array.from({ length: batch }, (_, i) => this.#sample(first + i));
  }

  /** The sample at a place of the row. */
  #sample(place: number): number {
    const number = Math.floor(place / this.#samples);
    if (this.#number !== number) {
      this.#order = permutation(this.#samples, this.#seed, number);
      this.#number = number;
    }
    return this.#order[place % this.#samples] ?? 0;
  }
}
