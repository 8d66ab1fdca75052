// Programs of tests that are written down in them: compiled from their text, with what is wrong where they are not right.
import { openPackage } from "../../cli/host.js";
import { compile, type Compiled, type CompileOptions } from "../../compiler/index.js";

/** The program of a text; throws its findings. `float` is the default float type where it is not f32. */
export function compiledText(text: string, options: CompileOptions, float?: "f16"): Compiled {
  const made = compile({ path: "program.dl", text }, openPackage("tests", float).host, options);
  if (made.ok) return made.value;
  throw new Error(made.diagnostics.map((d) => `${d.title}: ${d.primary.text}`).join("\n"));
}
