// Compiles a file named on the command line, printing what the compiler has to say.
import { compile, type CompileOptions } from "../compiler/compile.js";
import type { Compiled } from "../compiler/ir/program.js";
import { unwrap } from "./diagnostics.js";
import { openPackage, readSource } from "./host.js";
import type { Io } from "./io.js";

/** Reads and compiles a `.dl` file; ends the command where that fails. */
export function compileFile(path: string, options: CompileOptions, io: Io): Compiled {
  const source = readSource(path);
  return unwrap(compile(source, openPackage(path).host, options), io);
}
