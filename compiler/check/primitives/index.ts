// All primitive functions of the language, by name.
import type { Primitive } from "../primitive.js";
import { attention } from "./attention.js";
import { creation } from "./creation.js";
import { derivatives } from "./derivatives.js";
import { elementwise } from "./elementwise.js";
import { initial } from "./initial.js";
import { laws } from "./laws.js";
import { overLayers } from "./layers.js";
import { lengths } from "./lengths.js";
import { movement } from "./movement.js";
import { order } from "./order.js";
import { recurrence } from "./recurrence.js";
import { largest, reductions, smallest } from "./reductions.js";
import { cumulative } from "./running.js";
import { statistics } from "./statistics.js";

/** Primitives that belong together, in the order of the reference page. */
export const primitiveFamilies: readonly {
  readonly title: string;
  readonly primitives: readonly Primitive[];
}[] = [
  { title: "Element by element", primitives: elementwise({ min: smallest, max: largest }) },
  { title: "Reductions", primitives: [...reductions, ...statistics, ...lengths] },
  { title: "Moving and joining", primitives: movement },
  { title: "Order", primitives: [...order, ...cumulative] },
  { title: "Making tensors, indices and random numbers", primitives: creation },
  { title: "For initialisers", primitives: initial },
  { title: "Attention", primitives: [attention] },
  { title: "Recurrence", primitives: recurrence },
  { title: "Derivatives", primitives: derivatives },
  { title: "Over the layers of a model", primitives: overLayers },
  { title: "Laws", primitives: laws },
];

const records = primitiveFamilies.flatMap(({ primitives: family }) => family);

export const primitives: ReadonlyMap<string, Primitive> = new Map(records.map((p) => [p.name, p]));
