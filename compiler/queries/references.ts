// Where a name is declared, where it is used, and what renaming it changes.
import type { SourceFile, Span } from "../../grammar/source.js";
import { textOf } from "../../grammar/source.js";
import { keywordTypes } from "../../grammar/tokens.js";
import { libraryOf } from "../check/library.js";
import { applyEdits, type Edit } from "../diagnostics/index.js";
import { moduleNamed, overlaid, type Host, type Library, type Unit } from "../resolve/modules.js";
import { keyOf, type Occurrence, type Target } from "./names/target.js";
import { bindingOf, siteAt, type Place } from "./site.js";

/** Where the name at a place is declared; the module for the text of an import. */
export function definitionAt(place: Place): Span | undefined {
  const target = siteAt(place)?.occurrence?.target;
  if (target) return target.span;
  return moduleAt(place);
}

/** The file that the import at a place reads. */
function moduleAt({ library, unit, offset }: Place): Span | undefined {
  for (const item of unit.module.items) {
    if (item.kind !== "import" || item.from.span.start > offset || item.from.span.end < offset)
      continue;
    const path = moduleNamed(unit.path, item.from.value);
    const file = path === undefined ? undefined : library.units.get(path)?.module.file;
    return file ? { file, start: 0, end: 0 } : undefined;
  }
  return undefined;
}

/** Every place where the name at a place is written, in all files of the program, its declaration included. */
export function referencesAt(place: Place): readonly Occurrence[] {
  const target = siteAt(place)?.occurrence?.target;
  return target ? occurrencesOf(place.library, target) : [];
}

/** Every place where a target is named. */
export function occurrencesOf(library: Library, target: Target): readonly Occurrence[] {
  const key = keyOf(target);
  const found: Occurrence[] = [];
  const isLocal = !isVisibleOutside(target);
  const units = isLocal && target.unit ? [target.unit] : [...library.units.values()];
  for (const unit of units) {
    const local = localNames(unit, target);
    for (const item of unit.module.items) {
      if (isLocal && item !== target.item) continue;
      const { file, start, end } = item.span;
      const text = file.text.slice(start, end);
      if (!local.some((name) => text.includes(name))) continue;
      for (const one of bindingOf(library, unit, item).found)
        if (keyOf(one.target) === key && one.span.file === file) found.push(one);
    }
  }
  return unique(found);
}

const local: ReadonlySet<Target["kind"]> = new Set(["dim", "let", "var", "loop", "axis"]);
const isVisibleOutside = ({ kind }: Target): boolean => !local.has(kind);

/** What a file calls a target: its name, and what its imports call it instead. */
function localNames(unit: Unit, { name }: Target): readonly string[] {
  const aliases = unit.module.items.flatMap((item) =>
    item.kind === "import"
      ? item.names.flatMap(({ name: own, alias }) =>
          alias && own.name === name ? [alias.name] : [],
        )
      : [],
  );
  return [name, ...aliases];
}

function unique(found: readonly Occurrence[]): readonly Occurrence[] {
  const seen = new Map<string, Occurrence>();
  for (const one of found) {
    const key = `${one.span.file.path}:${String(one.span.start)}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** What renaming does, or why it cannot be done. */
export type Renaming =
  { readonly edits: readonly Edit[]; readonly problem?: undefined } | { readonly problem: string };

/** The name at a place, where it can be renamed. */
export function renameable(
  place: Place,
): { readonly span: Span; readonly name: string } | { readonly problem: string } {
  const occurrence = siteAt(place)?.occurrence;
  if (!occurrence) return { problem: "there is no name here that something declares" };
  const { target, span, name } = occurrence;
  if (!target.span) return { problem: `\`${name}\` is part of the language` };
  if (target.unit?.path.startsWith("std/") && !place.unit.path.startsWith("std/"))
    return { problem: `\`${name}\` is declared in the standard library` };
  return { span, name };
}

/** The edits that give the name at a place another one everywhere; refused where the program would then mean something else. */
export function renameAt(place: Place, to: string, host: Host): Renaming {
  const allowed = renameable(place);
  if ("problem" in allowed) return allowed;
  if (!/^[A-Za-z_]\w*$/.test(to)) return { problem: `\`${to}\` is no name: letters, digits and _` };
  if (keywordTypes.has(to)) return { problem: `\`${to}\` is a keyword` };
  const target = siteAt(place)?.occurrence?.target;
  if (!target) return { problem: "there is no name here that something declares" };
  // What an import calls by another name keeps that name.
  const all = occurrencesOf(place.library, target);
  const written = all.filter(({ span }) => textOf(span) === target.name);
  const edits = written.map(({ span }): Edit => ({ span, text: to }));
  const before = all.length;
  const after = countAfter(place, edits, target, to, host);
  if (after !== before)
    return { problem: `\`${to}\` already means something where \`${target.name}\` is used` };
  return { edits };
}

/** How many places name the target once the edits are made: as many as before, unless a name is caught by another declaration. */
function countAfter(
  { library }: Place,
  edits: readonly Edit[],
  target: Target,
  to: string,
  host: Host,
): number {
  const changed = new Map(edits.map(({ span }) => [span.file.path, span.file]));
  const entries = library.entries.map(({ module }) => module.file);
  const edit = (file: SourceFile): SourceFile => {
    const own = edits.filter(({ span }) => span.file.path === file.path);
    return own.length > 0 ? { path: file.path, text: applyEdits(file.text, own) } : file;
  };
  const files = entries.map((file) => (changed.has(file.path) ? edit(file) : file));
  const renamed = libraryOf(files, overlaid(files, host));
  const { span, unit } = target;
  const home = unit && [...renamed.units.values()].find((u) => u.path === unit.path);
  if (!span || !home) return -1;
  const isBefore = (e: Edit): boolean =>
    e.span.file.path === span.file.path && e.span.start < span.start;
  const shift = edits.filter(isBefore).length * (to.length - target.name.length);
  const site = siteAt({ library: renamed, unit: home, offset: span.start + shift });
  const now = site?.occurrence?.target;
  return now?.span && now.span.start === span.start + shift
    ? occurrencesOf(renamed, now).length
    : -1;
}
