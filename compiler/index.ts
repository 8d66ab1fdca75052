// The public API of the compiler.
export { parse, type SourceFile, type Span } from "../grammar/index.js";
export { createChecker, type CheckedState, type Checker } from "./check/checker.js";
export {
  checkPackage,
  checkWithRepairs,
  compile,
  inspectPackage,
  repairsOf,
  warningsOf,
  type CompileOptions,
} from "./compile.js";
export * from "./diagnostics/index.js";
export type { Host } from "./resolve/modules.js";
export type * from "./ir/program.js";
export { show as showDim, type Dim, type Sym } from "./types/dim.js";
