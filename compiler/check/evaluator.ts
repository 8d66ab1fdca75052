// Closes the recursion: contexts whose expressions are evaluated by the files above them.
import type { Diagnostic } from "../diagnostics/index.js";
import type { Library } from "../resolve/modules.js";
import { apply } from "./calls.js";
import { Context, type Concrete, type Evaluator } from "./context.js";
import { evaluate } from "./expressions.js";
import { layersUnder } from "./selectors.js";

const evaluator: Evaluator = { evaluate, apply, layersUnder };

/** A fresh evaluation: generic, for all values of static arguments, unless `concrete` says how they are known. */
export const openContext = (
  library: Library,
  diagnostics: Diagnostic[],
  concrete?: Concrete,
): Context => new Context(evaluator, library, diagnostics, concrete);
