// Runs the tests of files: properties, then the laws of declarations.
import { relative, resolve, sep } from "node:path";
import { checkPackage } from "../../compiler/compile.js";
import { libraryOf } from "../../compiler/check/library.js";
import { hasErrors, type Diagnostic } from "../../compiler/diagnostics/index.js";
import type { LawName } from "../../compiler/check/law-names.js";
import { openDeclarations, type Opened } from "../../compiler/laws/declaration.js";
import { openProperty } from "../../compiler/laws/property.js";
import type { Library, Unit } from "../../compiler/resolve/modules.js";
import type { Item, PropertyDecl } from "../../grammar/ast.js";
import type { SourceFile } from "../../grammar/source.js";
import type { Package } from "../host.js";
import type { Effort } from "./explore.js";
import { laws, tryLaw } from "./laws/index.js";
import { LawSubject, type Law } from "./laws/subject.js";
import type { Machines } from "./machines.js";
import { Memory } from "./memory.js";
import { changedSince } from "./changed.js";
import { failures, type Outcome } from "./outcome.js";
import { tryProperty } from "./property-test.js";

/** What is tested, and how much. */
export interface SuiteOptions {
  readonly runs: number;
  readonly seed: number;
  /** Only tests whose name holds this text. */
  readonly only?: string | undefined;
  readonly path?: string | undefined;
  /** Only this law of declarations. */
  readonly law?: LawName | undefined;
  /** Milliseconds of `performance.now()` after which nothing more is begun. */
  readonly until: number;
  /** Only what a change since this commit can affect. */
  readonly changed?: string | undefined;
  /** Whether the first failure is enough. */
  readonly isEndedByFailure?: boolean;
  /** Whether failing cases are kept for the next time. */
  readonly isRemembering: boolean;
  /** Called before each test, with how many there are. */
  readonly onTest?: (name: string, done: number, all: number) => void;
}

/** Files of one package. */
export interface Subjects {
  readonly package: Package;
  readonly files: readonly SourceFile[];
}

/** What came of testing some files. */
export interface SuiteResult {
  readonly outcomes: readonly Outcome[];
  /** What checking said; with errors nothing was tested. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Tests that share what is made for them: a property, or the laws of one declaration. */
interface Group {
  readonly file: SourceFile;
  readonly item: Item;
  /** A property, or what laws are about. */
  readonly name: string;
  /** The names under which failing cases are remembered. */
  readonly tests: readonly string[];
  run(memory: Memory, place: string): Promise<readonly Outcome[]>;
}

/** Tests files of one package; where they are wrong, that is all that is said. */
export async function testFiles(
  { package: { root, host }, files }: Subjects,
  machines: Machines,
  options: SuiteOptions,
): Promise<SuiteResult> {
  const { diagnostics } = checkPackage(files, host);
  if (hasErrors(diagnostics)) return { outcomes: [], diagnostics };
  const library = libraryOf(files, host);
  const all = library.entries.flatMap((unit) => groupsOf(library, unit, machines, options));
  const isChanged =
    options.changed === undefined ? () => true : changedSince(library, options.changed);
  const wanted = all.filter(
    ({ name, item }) =>
      isChanged(item) && (options.only === undefined || name.includes(options.only)),
  );
  const memory = new Memory(root);
  const outcomes: Outcome[] = [];
  for (const [done, group] of wanted.entries()) {
    options.onTest?.(group.name, done, wanted.length);
    outcomes.push(...(await group.run(memory, placeIn(root, group.file))));
    if (options.isEndedByFailure === true && failures(outcomes).length > 0) break;
  }
  if (options.isRemembering && options.path === undefined) {
    for (const { module } of library.entries) {
      const names = all.filter((g) => g.file === module.file).flatMap((g) => g.tests);
      memory.keepOnly(placeIn(root, module.file), new Set(names));
    }
    memory.save();
  }
  return { outcomes, diagnostics };
}

/** A file by its path from the root of its package. */
const placeIn = (root: string, { path }: SourceFile): string =>
  relative(root, resolve(path)).split(sep).join("/");

/** Properties first: they are what somebody wrote. */
function groupsOf(
  library: Library,
  unit: Unit,
  machines: Machines,
  options: SuiteOptions,
): readonly Group[] {
  const { items } = unit.module;
  const properties = items.flatMap((item) =>
    item.kind === "property" ? [propertyGroup(library, unit, item, machines, options)] : [],
  );
  const declarations = items.flatMap((item) =>
    openDeclarations(library, unit, item).map((opened) =>
      lawGroup(unit, item, opened, machines, options),
    ),
  );
  return [...properties, ...declarations];
}

function propertyGroup(
  library: Library,
  unit: Unit,
  decl: PropertyDecl,
  { main }: Machines,
  options: SuiteOptions,
): Group {
  const name = `property "${decl.title.value}"`;
  const { file } = unit.module;
  return {
    name,
    file,
    item: decl,
    tests: [name],
    async run(memory, place) {
      const base = { subject: name, span: decl.title.span };
      if (performance.now() > options.until) return [late(base)];
      const effort: Effort = { ...options, large: main.large };
      const { outcome, failing } = await tryProperty(openProperty(library, unit, decl), {
        machine: main,
        effort,
        first: options.path === undefined ? memory.of(place, name) : [],
        again: (path) => againCommand(file, name, options, path),
      });
      if (failing) memory.add(place, name, failing);
      return [outcome];
    },
  };
}

function lawGroup(
  unit: Unit,
  item: Item,
  opened: Opened,
  machines: Machines,
  options: SuiteOptions,
): Group {
  const { file } = unit.module;
  const { title, span } = opened.ok ? opened.declaration : opened.named;
  const testOf = (law: Law): string => `${title}: ${law.name}`;
  const wanted = laws.filter(({ name }) => options.law === undefined || name === options.law);
  return {
    name: title,
    file,
    item,
    tests: laws.map(testOf),
    async run(memory, place) {
      if (!opened.ok) {
        const { reason } = opened;
        const leftOut = { status: "left out", runs: 0, reason, diagnostics: [] } as const;
        return wanted.map((law) => ({ subject: title, law: law.name, span, ...leftOut }));
      }
      const outcomes: Outcome[] = [];
      let subject: LawSubject | undefined;
      for (const law of wanted) {
        if (performance.now() > options.until) {
          outcomes.push(late({ subject: title, law: law.name, span }));
          continue;
        }
        subject ??= new LawSubject(opened.declaration, machines, options.seed);
        const test = testOf(law);
        const { outcome, failing } = await tryLaw(law, subject, {
          effort: { ...options, large: adversarial },
          first: options.path === undefined ? memory.of(place, test) : [],
          again: (path) => `${againCommand(file, title, options, path)} --law ${law.name}`,
        });
        if (failing) memory.add(place, test, failing);
        outcomes.push(outcome);
      }
      return outcomes;
    },
  };
}

/** Magnitude of large elements that laws are tried with: what overflows exponentials in f32. */
const adversarial = 1e3;

const late = (base: Pick<Outcome, "subject" | "law" | "span">): Outcome => ({
  ...base,
  status: "left out",
  runs: 0,
  reason: "time was up",
  diagnostics: [],
});

/** The command that tries a case again; one that was remembered is tried first by itself. */
export function againCommand(
  { path: file }: SourceFile,
  name: string,
  { seed, runs }: Pick<SuiteOptions, "seed" | "runs">,
  path: string | undefined,
): string {
  const where =
    path === undefined ? "" : ` --seed ${String(seed)} --runs ${String(runs)} --path ${path}`;
  return `dl test ${quoted(file)} --only ${quoted(name)}${where}`;
}

/** A word for a POSIX shell. */
const quoted = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
