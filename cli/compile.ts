// Compiles a file named on the command line, printing what the compiler has to say.
import { compile, type CompileOptions } from "../compiler/compile.js";
import type { Compiled } from "../compiler/ir/program.js";
import type { FloatType } from "../compiler/resolve/modules.js";
import type { Item } from "../grammar/ast.js";
import { parse } from "../grammar/index.js";
import type { SourceFile } from "../grammar/source.js";
import { unwrap } from "./diagnostics.js";
import { dataFault, UsageError } from "./faults.js";
import { openPackage, readSource } from "./host.js";
import type { Io } from "./io.js";
import type { ModelOptions } from "./options.js";

/** What to compile of a file, and the float type of tensors that do not say theirs where it is not that of the package. */
export type FileOptions = CompileOptions & { readonly float?: FloatType };

/** Reads and compiles a `.dl` file; ends the command where that fails. A lone model need not be named. */
export function compileFile(path: string, given: FileOptions, io: Io): Compiled {
  const { float, ...options } = given;
  const source = readSource(path);
  const isNamed =
    options.model !== undefined || options.fn !== undefined || options.runs !== undefined;
  const wanted = isNamed ? options : { ...options, model: onlyOne(source, "model", "--model") };
  const isVerified = process.env["ADJOINT_VERIFY"] === "1";
  return unwrap(compile(source, openPackage(path, float).host, { ...wanted, isVerified }), io);
}

/** What a command was told to compile; leaves out what it was not told. */
export const chosen = ({ set, model, fn, run, dtype }: Chosen): FileOptions => ({
  sets: set,
  ...(model === undefined ? {} : { model }),
  ...(fn === undefined ? {} : { fn }),
  ...(run === undefined ? {} : { runs: [run] }),
  ...(dtype === undefined ? {} : { float: dtype }),
});

/** Options of the command line that choose a declaration and its static arguments. */
interface Chosen extends ModelOptions {
  readonly fn?: string;
  readonly run?: string;
}

/** The name of the only `train` declaration of a file. */
export const onlyRun = (path: string): string =>
  onlyOne(readSource(path), "train declaration", "--run");

/** The name of the one declaration that a command can mean; none or several are refused. */
function onlyOne(source: SourceFile, what: keyof typeof isKind, option: string): string {
  const found = parse(source).module.items.filter(isKind[what]);
  const names = found.map((item) => ("name" in item ? item.name.name : ""));
  const [name] = names;
  if (name === undefined) {
    throw dataFault(
      `no-${what.replace(" ", "-")}`,
      `\`${source.path}\` has no ${what}`,
      what === "model" ? "name a function of it with --fn" : undefined,
    );
  }
  if (names.length === 1) return name;
  throw new UsageError(
    `\`${source.path}\` has several ${what}s`,
    `choose one with ${option}: ${names.join(", ")}`,
  );
}

const isKind = {
  model: (item: Item): boolean =>
    item.kind === "derived-model" || (item.kind === "layer" && item.keyword === "model"),
  "train declaration": (item: Item): boolean => item.kind === "train",
} as const;
