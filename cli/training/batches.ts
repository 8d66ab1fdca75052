// What a training run asks of its data.
import type { Tensors } from "../backend.js";

/** The distinct characters of a text in the order of their code points; a token id is a place in it. */
export type Vocabulary = readonly string[];

/** Inputs for every step. The same step gives the same batch, so that a resumed run sees what an unbroken one would. */
export interface Batches {
  /** Inputs of a step, counted from 1. */
  batch(step: number): Tensors;
  /** Batches that training never sees, always the same ones; empty where the data has none. */
  readonly heldOut: readonly Tensors[];
  /** What one step consumes, for the rate that is shown. */
  readonly perStep: number;
  readonly unit: "tokens" | "samples";
  /** Present where the data is text. */
  readonly vocabulary?: Vocabulary;
  /** The batch size and window that were chosen. */
  readonly size: BatchSize;
}

/** Batch size and window length; undefined where the data leaves no choice. */
export interface BatchSize {
  readonly batch: number | undefined;
  readonly length: number | undefined;
}
