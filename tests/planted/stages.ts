// All planted bugs, stage by stage, with the tests of each stage.
import type { Stage } from "./bug.js";
import { core } from "./core.js";
import { backend } from "./backend.js";

/** In the order in which a program passes through the compiler. */
export const stages: readonly Stage[] = [...core, ...backend];
