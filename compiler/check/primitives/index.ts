// All primitive functions of the language, by name.
import type { Primitive } from "../primitive.js";
import { attention } from "./attention.js";
import { creation } from "./creation.js";
import { derivatives } from "./derivatives.js";
import { elementwise } from "./elementwise.js";
import { initial } from "./initial.js";
import { laws } from "./laws.js";
import { movement } from "./movement.js";
import { order } from "./order.js";
import { largest, reductions, smallest } from "./reductions.js";

const records: readonly Primitive[] = [
  ...elementwise({ min: smallest, max: largest }),
  ...reductions,
  ...movement,
  ...order,
  ...creation,
  ...initial,
  attention,
  ...derivatives,
  ...laws,
];

export const primitives: ReadonlyMap<string, Primitive> = new Map(records.map((p) => [p.name, p]));
