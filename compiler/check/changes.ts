// Compares two states of the files of a program: which declarations are still the same, and which depend on what changed.
import type { Item, Module } from "../../grammar/ast.js";
import { positionOf } from "../../grammar/source.js";
import { parsed } from "../resolve/parsed.js";
import type { Library, Unit } from "../resolve/modules.js";
import { outsideOf, type Outside } from "./interface.js";

/** One file as it was checked. */
export interface FileState {
  readonly path: string;
  readonly module: Module;
  /** What each name of the file stands for. */
  readonly names: ReadonlyMap<string, Item>;
  /** Names of imports that were refused. */
  readonly refused: ReadonlySet<string>;
  readonly outside: ReadonlyMap<Item, Outside>;
  /** The declarations by the words in them. */
  readonly users: ReadonlyMap<string, readonly Item[]>;
}

/** All files as they were checked. */
export interface State {
  readonly files: ReadonlyMap<string, FileState>;
  readonly prelude: ReadonlyMap<string, Item>;
}

/** The state of the files; what is as it was before is the same object. */
export function stateOf(library: Library, before: State | undefined): State {
  const files = new Map<string, FileState>();
  for (const unit of library.units.values())
    files.set(unit.path, fileState(unit, before?.files.get(unit.path)));
  const prelude = new Map([...library.prelude].map(([name, { item }]) => [name, item as Item]));
  return { files, prelude };
}

function fileState(unit: Unit, before: FileState | undefined): FileState {
  const names = new Map([...unit.names].map(([name, { item }]) => [name, item as Item]));
  const { path, module, refused } = unit;
  const isSame = before?.module === module;
  if (isSame && isEqual(before.names, names) && areEqual(before.refused, refused)) return before;
  const parts = isSame ? before : partsOf(module);
  return { path, module, names, refused, outside: parts.outside, users: parts.users };
}

const isEqual = (a: ReadonlyMap<string, Item>, b: ReadonlyMap<string, Item>): boolean =>
  a.size === b.size && [...a].every(([name, item]) => b.get(name) === item);

const areEqual = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((name) => b.has(name));

function partsOf(module: Module): Pick<FileState, "outside" | "users"> {
  const outside = new Map<Item, Outside>();
  const users = new Map<string, Item[]>();
  const problems = parsed(module.file).problems.map(({ code, span }) => ({
    code,
    start: span.start,
    line: positionOf(module.file, span.start).line,
  }));
  for (const item of module.items) {
    const [first, last] = [item.span.start, item.span.end].map(
      (at) => positionOf(module.file, at).line,
    );
    // What could not be read is taken out of the tree, so that equal texts may have unequal trees.
    const doubts = problems.filter(({ line }) => line >= (first ?? 0) && line <= (last ?? 0));
    const places = doubts.map(({ code, start }) => `\n${code} ${String(start - item.span.start)}`);
    const known = outsideOf(item, places.join(""));
    outside.set(item, known);
    for (const word of known.words) append(users, word, item);
  }
  return { outside, users };
}

/** A declaration in the state of the files now. */
interface Heir {
  readonly item: Item;
  readonly file: FileState;
}

/** What became of the declarations. */
export interface Changes {
  /** The declarations that are still the same, by what they were. */
  readonly heirs: ReadonlyMap<Item, Heir>;
  /** Whether a declaration means something that changed, however far away. */
  isAffected(item: Item): boolean;
  /** Whether a file has other names than before. */
  isRenamed(file: FileState): boolean;
}

/** What became of the declarations from one state of the files to another. */
export function changesBetween(before: State, now: State): Changes {
  const heirs = new Map<Item, Heir>();
  for (const file of now.files.values()) inherit(before.files.get(file.path), file, heirs);
  const spread = new Spread(now);
  const renamed = new Set<FileState>();
  for (const file of now.files.values()) {
    const old = before.files.get(file.path);
    if (old === file) continue;
    if (!old || !haveSameNames(old, file)) renamed.add(file);
    for (const name of changedNames(old, file))
      spread.from(
        file,
        name,
        levelOf(before, now, old?.names.get(name), file.names.get(name), heirs),
      );
  }
  for (const [name, item] of now.prelude) {
    const old = before.prelude.get(name);
    if (old !== item) spread.fromPrelude(name, levelOf(before, now, old, item, heirs));
  }
  return {
    heirs,
    isAffected: (item) => spread.affected.has(item),
    isRenamed: (file) => renamed.has(file) || !isEqualKeys(before.prelude, now.prelude),
  };
}

const isEqualKeys = (a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean =>
  a.size === b.size && [...a.keys()].every((key) => b.has(key));

const haveSameNames = (a: FileState, b: FileState): boolean =>
  isEqualKeys(a.names, b.names) && areEqual(a.refused, b.refused);

/** Whether what is found by looking at a file stays: that asks of other files only the kinds of what they declare. */
export const looksTheSame = (a: FileState, b: FileState): boolean =>
  a.module === b.module &&
  haveSameNames(a, b) &&
  [...a.names].every(([name, item]) => b.names.get(name)?.kind === item.kind);

/** Matches declarations of equal text, in their order. */
function inherit(old: FileState | undefined, file: FileState, into: Map<Item, Heir>): void {
  if (!old) return;
  if (old.module === file.module) {
    for (const item of file.module.items) into.set(item, { item, file });
    return;
  }
  const byText = new Map<string, Item[]>();
  for (const item of file.module.items) append(byText, textIn(file, item), item);
  for (const item of old.module.items) {
    const heir = byText.get(textIn(old, item))?.shift();
    if (heir) into.set(item, { item: heir, file });
  }
}

const textIn = ({ outside }: FileState, item: Item): string => outside.get(item)?.text ?? "";

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Names that stand for something else than before. */
function changedNames(old: FileState | undefined, file: FileState): readonly string[] {
  const all = new Set([
    ...(old?.names.keys() ?? []),
    ...file.names.keys(),
    ...(old?.refused ?? []),
    ...file.refused,
  ]);
  return [...all].filter(
    (name) =>
      old?.names.get(name) !== file.names.get(name) ||
      old?.refused.has(name) !== file.refused.has(name),
  );
}

/** How much of a declaration is another: nothing, only what nobody else sees, or what everybody sees. */
type Level = "same" | "body" | "head";

function levelOf(
  before: State,
  now: State,
  old: Item | undefined,
  item: Item | undefined,
  heirs: ReadonlyMap<Item, Heir>,
): Level {
  if (!old || !item) return "head";
  if (heirs.get(old)?.item === item) return "same";
  const [a, b] = [outsideIn(before, old), outsideIn(now, item)];
  return a && b && a.head === b.head && a.text !== b.text ? "body" : "head";
}

const outsideIn = ({ files }: State, item: Item): Outside | undefined =>
  [...files.values()].find(({ module }) => module.file === item.span.file)?.outside.get(item);

/** Follows changes to all that depends on them. */
class Spread {
  readonly affected = new Set<Item>();
  private readonly now: State;
  private readonly followed = new Set<string>();
  private places:
    ReadonlyMap<Item, readonly (readonly [FileState | "prelude", string])[]> | undefined;
  private scanning: ReadonlySet<Item> | undefined;

  constructor(now: State) {
    this.now = now;
  }

  from(file: FileState, name: string, level: Level): void {
    if (level !== "same") this.follow(file, name, level);
  }

  fromPrelude(name: string, level: Level): void {
    if (level === "same") return;
    for (const file of this.now.files.values())
      if (!file.names.has(name)) this.follow(file, name, level);
  }

  private follow(start: FileState, named: string, level: Level): void {
    const open: (readonly [FileState, string])[] = [[start, named]];
    for (let next = open.pop(); next; next = open.pop()) {
      const [file, name] = next;
      const key = `${level} ${file.path} ${name}`;
      if (this.followed.has(key)) continue;
      this.followed.add(key);
      for (const item of file.users.get(name) ?? [])
        open.push(...this.reach(file, item, name, level));
    }
  }

  /** Notes that a declaration uses a name that changed; gives the places where others use it in turn. */
  private reach(
    file: FileState,
    item: Item,
    name: string,
    level: Level,
  ): readonly (readonly [FileState, string])[] {
    const declaresIt = "name" in item && item.name.name === name;
    // Bodies are evaluated from outside only in the rounds of a scan.
    if (level === "head" || declaresIt || this.scans(item)) this.affected.add(item);
    const isSeen = level === "body" || file.outside.get(item)?.headWords.has(name) === true;
    return declaresIt || !isSeen ? [] : this.placesOf(item);
  }

  /** Where a declaration is known, and under which names. */
  private placesOf(item: Item): readonly (readonly [FileState, string])[] {
    this.places ??= placesIn(this.now);
    return (this.places.get(item) ?? []).flatMap(([where, name]) => {
      if (where !== "prelude") return [[where, name] as const];
      return [...this.now.files.values()].flatMap((file) =>
        file.names.has(name) ? [] : [[file, name] as const],
      );
    });
  }

  /** Whether a declaration is evaluated with what scans. */
  private scans(item: Item): boolean {
    this.scanning ??= this.allThatScan();
    return this.scanning.has(item);
  }

  private allThatScan(): ReadonlySet<Item> {
    const found = new Set<Item>();
    const open = [...this.now.files.values()].flatMap((file) => file.users.get("scan") ?? []);
    for (let item = open.pop(); item; item = open.pop()) {
      if (found.has(item)) continue;
      found.add(item);
      for (const [file, name] of this.placesOf(item)) open.push(...(file.users.get(name) ?? []));
    }
    return found;
  }
}

function placesIn({
  files,
  prelude,
}: State): Map<Item, (readonly [FileState | "prelude", string])[]> {
  const places = new Map<Item, (readonly [FileState | "prelude", string])[]>();
  for (const file of files.values())
    for (const [name, item] of file.names) append(places, item, [file, name] as const);
  for (const [name, item] of prelude) append(places, item, ["prelude", name] as const);
  return places;
}
