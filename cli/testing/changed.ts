// Which declarations a change can affect: those whose text differs from another commit, and those that use them.
import { execFileSync } from "node:child_process";
import { basename, dirname, resolve } from "node:path";
import type { Library, Unit } from "../../compiler/resolve/modules.js";
import type { Item } from "../../grammar/ast.js";
import { parse } from "../../grammar/index.js";
import { textOf } from "../../grammar/source.js";
import { UsageError } from "../faults.js";

/** Whether a declaration differs from what it was in a commit, or uses one that does. Throws where git knows no such commit. */
export function changedSince(library: Library, base: string): (item: Item) => boolean {
  const known = new Map<Item, boolean>();
  const units = [...library.units.values()].filter(({ path }) => !path.startsWith("std/"));
  const unitOf = new Map<Item, Unit>();
  for (const unit of units) {
    const before = textsOf(unit, base);
    for (const item of unit.module.items) {
      unitOf.set(item, unit);
      known.set(item, item.kind !== "import" && before.get(nameOf(item)) !== textOf(item.span));
    }
  }
  // What uses something that changed is affected, however far away.
  for (let isGrowing = true; isGrowing;) {
    isGrowing = false;
    for (const [item, unit] of unitOf) {
      if (known.get(item) === true || item.kind === "import") continue;
      const used = wordsIn(textOf(item.span)).map((word) => unit.names.get(word)?.item);
      if (!used.some((other) => other && other !== item && known.get(other) === true)) continue;
      known.set(item, true);
      isGrowing = true;
    }
  }
  return (item) => known.get(item) === true;
}

/** Texts of declarations in the commit, by what they are called; none where the file was not there. */
function textsOf({ module: { file } }: Unit, base: string): ReadonlyMap<string, string> {
  const folder = dirname(resolve(file.path));
  git(folder, ["rev-parse", "--verify", "--quiet", `${base}^{commit}`], base);
  const text = shownAt(folder, base, basename(file.path));
  if (text === undefined) return new Map();
  const before = parse({ path: file.path, text }).module;
  return new Map(before.items.map((item) => [nameOf(item), textOf(item.span)]));
}

const nameOf = (item: Item): string => {
  if (item.kind === "import") return "import";
  return item.kind === "property"
    ? `property ${item.title.value}`
    : `${item.kind} ${item.name.name}`;
};

const wordsIn = (text: string): readonly string[] => [
  ...new Set(text.match(/[A-Za-z_]\w*/g) ?? []),
];

function shownAt(folder: string, base: string, name: string): string | undefined {
  try {
    return run(folder, ["show", `${base}:./${name}`]);
  } catch {
    return undefined;
  }
}

function git(folder: string, args: readonly string[], base: string): void {
  try {
    run(folder, args);
  } catch {
    throw new UsageError(
      `git knows no commit \`${base}\` for \`${folder}\``,
      "name a branch, tag or commit of this repository, fetched with its history",
    );
  }
}

const run = (folder: string, args: readonly string[]): string =>
  execFileSync("git", [...args], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 2 ** 26,
  });
