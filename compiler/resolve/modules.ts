// Loads the files that a program needs and says what each name of a file means at its top level.
import type { Item, Module } from "../../grammar/ast.js";
import type { SourceFile, Span } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";
import { names as nameFaults, nearest, syntaxDiagnostic } from "../diagnostics/index.js";
import { parsed } from "./parsed.js";

/** What the compiler may ask of the outside: the only way it reaches other files. */
export interface Host {
  /** The file of a module: `std/nn`, or a path from the package root without `.dl`; undefined when there is none. */
  read(module: string): SourceFile | undefined;
  /** The module path of a file given on the command line, relative to its package root and without `.dl`. */
  moduleOf(file: SourceFile): string;
  /** Modules that a program may import without knowing where they lie: those of the standard library. */
  modules?(): readonly string[];
  /** The float type of tensors that do not say theirs; f32 where left out. */
  readonly float?: FloatType;
}

/** What the default float type may be. */
export type FloatType = "f32" | "f16";

/** A host that knows files in other texts than those that it would read. */
export function overlaid(files: readonly SourceFile[], host: Host): Host {
  const modules = new Map(files.map((file) => [host.moduleOf(file), file]));
  return { ...host, read: (module) => modules.get(module) ?? host.read(module) };
}

/** A declaration with a name, and the file that holds it. */
export interface Declared {
  readonly item: Exclude<Item, { readonly kind: "import" | "property" }>;
  readonly unit: Unit;
}

/** One file with the names that are in scope at its top level. */
export interface Unit {
  readonly path: string;
  readonly module: Module;
  /** Own declarations and imported ones, under their local names. */
  readonly names: Map<string, Declared>;
  /** Local names of imports that were refused: their uses are no further mistakes. */
  readonly refused: Set<string>;
  /** Names that text which could not be read may have declared. */
  readonly lost: ReadonlySet<string>;
}

/** All files of a program. */
export interface Library {
  /** The files that were asked for. */
  readonly entries: readonly Unit[];
  /** Every file that was read, imported ones included. */
  readonly units: ReadonlyMap<string, Unit>;
  /** Names that are in scope everywhere: the standard library's prelude and initialisers. */
  readonly prelude: ReadonlyMap<string, Declared>;
  /** The float type of tensors that do not say theirs. */
  readonly float: FloatType;
  readonly diagnostics: readonly Diagnostic[];
}

/** Modules of the standard library whose names need no import. */
const PRELUDE = ["std/prelude", "std/init"];

/**
 * Reads the given files and whatever they import; never throws on what they contain. `builtIn` are the names that are in scope
 * everywhere without a declaration: importing one from the standard library means nothing more.
 */
export function loadLibrary(
  files: readonly SourceFile[],
  host: Host,
  builtIn: ReadonlySet<string>,
): Library {
  const loader = new Loader(host, builtIn);
  const entries = files.map((file) => loader.add(host.moduleOf(file), file));
  const prelude = new Map<string, Declared>();
  for (const path of PRELUDE) {
    for (const [name, declared] of loader.module(path)?.names ?? []) prelude.set(name, declared);
  }
  const { units, diagnostics } = loader;
  return { entries, units, prelude, float: host.float ?? "f32", diagnostics };
}

class Loader {
  readonly units = new Map<string, Unit>();
  readonly diagnostics: Diagnostic[] = [];
  private readonly host: Host;
  private readonly builtIn: ReadonlySet<string>;
  private readonly loading: string[] = [];

  constructor(host: Host, builtIn: ReadonlySet<string>) {
    this.host = host;
    this.builtIn = builtIn;
  }

  module(path: string): Unit | undefined {
    const known = this.units.get(path);
    if (known) return known;
    const file = this.host.read(path);
    return file && this.add(path, file);
  }

  add(path: string, file: SourceFile): Unit {
    const known = this.units.get(path);
    if (known) return known;
    const read = parsed(file);
    this.diagnostics.push(...read.problems.map(syntaxDiagnostic));
    const { module, lost } = read;
    const unit: Unit = { path, module, names: new Map(), refused: new Set(), lost };
    this.units.set(path, unit);
    this.loading.push(path);
    for (const item of module.items) this.declare(unit, item);
    this.loading.pop();
    return unit;
  }

  private declare(unit: Unit, item: Item): void {
    if (item.kind === "property") return;
    if (item.kind !== "import") {
      if (item.name.name !== "") this.bind(unit, item.name.name, { item, unit }, item.name.span);
      return;
    }
    const from = this.resolveImport(unit, item.from.value, item.from.span);
    for (const { name, alias } of item.names) this.importName(unit, from, name, alias ?? name);
  }

  private importName(unit: Unit, from: Unit | undefined, name: NameNode, local: NameNode): void {
    if (local === name && this.isBuiltIn(from, name.name)) return;
    const declared = from?.names.get(name.name) ?? this.everywhere(from, name.name);
    if (declared) this.bind(unit, local.name, declared, local.span);
    else unit.refused.add(local.name);
    if (!declared && from && !from.refused.has(name.name) && name.name !== "") {
      const near = nearest(name.name, [...from.names.keys()]);
      // Whoever misspells an import alone uses the right name below it.
      if (local === name) for (const meant of near) unit.refused.add(meant);
      this.diagnostics.push(
        nameFaults.unknownExport({ name: name.name, module: from.path, at: name.span, near }),
      );
    }
  }

  /** A primitive, imported from a module of the standard library that declares nothing of its name. */
  private isBuiltIn(from: Unit | undefined, name: string): boolean {
    return (
      from !== undefined && isStandard(from) && !from.names.has(name) && this.builtIn.has(name)
    );
  }

  /** A name that is in scope everywhere may also be imported, from any module of the standard library. */
  private everywhere(from: Unit | undefined, name: string): Declared | undefined {
    if (!from || !isStandard(from)) return undefined;
    return PRELUDE.map((path) => this.module(path)?.names.get(name)).find((d) => d !== undefined);
  }

  private bind(unit: Unit, name: string, declared: Declared, at: Span): void {
    const known = unit.names.get(name);
    if (!known) unit.names.set(name, declared);
    else if (known.item !== declared.item) {
      this.diagnostics.push(nameFaults.duplicateName({ name, at, first: known.item.name.span }));
    }
  }

  private resolveImport(unit: Unit, from: string, at: Span): Unit | undefined {
    const path = moduleNamed(unit.path, from);
    if (path === undefined) {
      this.diagnostics.push(nameFaults.importOutsidePackage({ module: from, at }));
      return undefined;
    }
    const start = this.loading.indexOf(path);
    if (start >= 0) {
      this.diagnostics.push(
        nameFaults.importCycle({ modules: [...this.loading.slice(start), path], at }),
      );
      return undefined;
    }
    const found = this.module(path);
    if (!found) this.diagnostics.push(nameFaults.unknownModule({ module: from, at }));
    return found;
  }
}

const isStandard = ({ path }: Unit): boolean => path.startsWith("std/");

interface NameNode {
  readonly name: string;
  readonly span: Span;
}

/** The module that an import in another one names; undefined when it leaves the package root. */
export const moduleNamed = (path: string, from: string): string | undefined =>
  from.startsWith(".") ? relative(path, from) : from;

/** `./b` seen from `a/x` is `a/b`; undefined when it leaves the package root. */
function relative(from: string, to: string): string | undefined {
  const parts = from.split("/").slice(0, -1);
  for (const step of to.replace(/\.dl$/, "").split("/")) {
    if (step === "." || step === "") continue;
    if (step !== "..") parts.push(step);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
