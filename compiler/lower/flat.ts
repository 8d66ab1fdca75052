// How long the stretches of memory are that updates run over.
import { alignment } from "../../runtime/format.js";
import { freshSym, type Sym } from "../types/dim.js";

/** The number of elements of a stretch of the trained arenas, in which each parameter fills whole units of the alignment. */
export const flatLength = (): Sym => ({ ...freshSym("N"), multiple: alignment / 4 });
