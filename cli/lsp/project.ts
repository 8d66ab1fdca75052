// The files of one package as an editor has them, checked again after each change.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import {
  createChecker,
  repairsOf,
  warningsOf,
  type CheckedState,
  type Checker,
  type Diagnostic,
  type Host,
} from "../../compiler/index.js";
import type { Library, Unit } from "../../compiler/resolve/modules.js";
import type { SourceFile } from "../../grammar/source.js";
import { findSources, openPackage } from "../host.js";
import { readText } from "../files.js";

/** More files than this are not read at once: the folder is no package then. */
const mostFiles = 2000;

/** A file of a project with all that it can see. */
export interface Opened {
  readonly project: Project;
  readonly library: Library;
  readonly unit: Unit;
  readonly file: SourceFile;
}

/** One package. */
export class Project {
  readonly root: string;
  readonly host: Host;
  private readonly checker: Checker;
  /** Files on the disk, by their paths; open ones are in the texts that the editor has. */
  private readonly files = new Map<string, SourceFile>();
  private pending = new Map<string, SourceFile | undefined>();
  private repaired:
    { readonly of: CheckedState; readonly found: readonly Diagnostic[] } | undefined;
  private readonly warned = new Map<
    string,
    { readonly of: string; readonly found: readonly Diagnostic[] }
  >();

  constructor(path: string) {
    const { root, host } = openPackage(path);
    this.root = root;
    this.host = host;
    this.checker = createChecker(host);
    for (const file of sourcesOf(root)) this.reload(file);
  }

  /** The text that an editor has of a file. */
  edit(path: string, text: string): void {
    if (this.pending.get(path)?.text === text) return;
    if (!this.pending.has(path) && this.files.get(path)?.text === text) return;
    this.pending.set(path, { path, text });
  }

  /** Takes a file as it is on the disk, where it still is. */
  reload(path: string): void {
    const isThere = existsSync(path) && statSync(path).isFile();
    const text = isThere ? textOf(path) : undefined;
    if (text !== undefined) this.edit(path, text);
    else if (this.files.has(path) || this.pending.has(path)) this.pending.set(path, undefined);
  }

  /** What the files are now, checked. */
  state(): CheckedState {
    const { pending } = this;
    if (pending.size === 0) return this.checker.state();
    this.pending = new Map();
    const changed: SourceFile[] = [];
    for (const [path, file] of pending) {
      if (file) {
        this.files.set(path, file);
        changed.push(file);
      } else if (this.files.delete(path)) this.checker.remove(path);
    }
    if (changed.length > 0) this.checker.update(...changed);
    return this.checker.state();
  }

  /** The file at a path; undefined where the project has none. */
  open(path: string): Opened | undefined {
    const { library } = this.state();
    const unit = [...library.entries].find(({ module }) => module.file.path === path);
    return unit && { project: this, library, unit, file: unit.module.file };
  }

  /** What is wrong, without repairs and without what models and runs do: what is found while someone types. */
  quick(): readonly Diagnostic[] {
    const { findings, library } = this.state();
    const warnings = library.entries.flatMap(({ module }) => {
      const known = this.warned.get(module.file.path);
      return known?.of === module.file.text ? known.found : [];
    });
    return [...findings.told, ...(hasErrors(findings.told) ? [] : warnings)];
  }

  /** What is wrong, with the repairs that hold; what the models and runs of some files do that nobody means. */
  thorough(paths: readonly string[]): readonly Diagnostic[] {
    const state = this.state();
    for (const path of paths) {
      const text = this.files.get(path)?.text;
      if (
        text === undefined ||
        this.warned.get(path)?.of === text ||
        hasErrors(state.findings.told)
      )
        continue;
      this.warned.set(path, { of: text, found: warningsOf(state, path) });
    }
    const warnings = this.quick().filter((d) => !state.findings.told.includes(d));
    return [...this.repairs(), ...warnings];
  }

  /** The errors with the repairs that hold. */
  repairs(): readonly Diagnostic[] {
    const state = this.state();
    if (this.repaired?.of !== state) this.repaired = { of: state, found: repairsOf(state) };
    return this.repaired.found;
  }
}

const hasErrors = (found: readonly Diagnostic[]): boolean =>
  found.some((d) => d.severity === "error");

/** The files of a package: all below a folder with a `dl.json`, else those directly in the folder. */
function sourcesOf(root: string): readonly string[] {
  const isPackage = existsSync(join(root, "dl.json"));
  const paths = isPackage
    ? findSources([root])
    : readdirSync(root, { withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".dl"))
        .map((entry) => join(root, entry.name));
  return paths.slice(0, mostFiles).map((path) => resolve(path));
}

/** The text of a file; undefined where it cannot be read. */
function textOf(path: string): string | undefined {
  try {
    return readText(path);
  } catch {
    return undefined;
  }
}

/** All packages that files of an editor belong to. */
export class Projects {
  private readonly byRoot = new Map<string, Project>();
  private readonly byPath = new Map<string, Project>();

  /** The project of a file; undefined where its folder cannot be read. */
  of(path: string): Project | undefined {
    const known = this.byPath.get(path);
    if (known) return known;
    const folder = existingFolder(path);
    if (folder === undefined) return undefined;
    try {
      const { root } = openPackage(folder);
      const project = this.byRoot.get(root) ?? new Project(folder);
      this.byRoot.set(root, project);
      this.byPath.set(path, project);
      return project;
    } catch {
      // A `dl.json` that cannot be read is told of by `dl check`.
      return undefined;
    }
  }

  all(): readonly Project[] {
    return [...this.byRoot.values()];
  }
}

/** The folder of a file that may not be there yet. */
function existingFolder(path: string): string | undefined {
  for (let at = dirname(path); ; at = dirname(at)) {
    if (existsSync(at)) return at;
    if (dirname(at) === at) return undefined;
  }
}
