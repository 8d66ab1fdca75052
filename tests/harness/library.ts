// The modules of the standard library as their pages show them, and the pages themselves.
import { readdirSync, readFileSync } from "node:fs";
import prettier from "prettier";
import { primitiveExamples } from "../../compiler/check/primitives/examples.js";
import { primitiveFamilies, primitives } from "../../compiler/check/primitives/index.js";
import { functionsPage, indexPage, modulePage, peersPage } from "../../compiler/queries/page.js";
import type { Peer } from "../../compiler/queries/pytorch.js";
import { referenceOf, type ModuleReference } from "../../compiler/queries/reference.js";
import { parse } from "../../grammar/index.js";

/** Every module of the library, by name. */
export const library: readonly ModuleReference[] = readdirSync("stdlib")
  .filter((file) => file.endsWith(".dl"))
  .sort()
  .map((file) => {
    const path = `stdlib/${file}`;
    const { module } = parse({ path, text: readFileSync(path, "utf8") });
    return referenceOf(`std/${file.slice(0, -3)}`, module);
  });

/** The modules whose names need no import. */
const always = ["std/prelude", "std/init"];

/** Whether a module offers a name, itself or by passing it on. */
const offers = ({ entries, passedOn }: ModuleReference, name: string): boolean =>
  entries.some((entry) => entry.name === name) ||
  passedOn.some(({ names }) => names.includes(name));

/** The module that declares a name which another one passes on. */
function home(module: string, name: string): string | undefined {
  const found = library.find((m) => m.name === module);
  if (!found || !offers(found, name)) return undefined;
  const from = found.passedOn.find(({ names }) => names.includes(name))?.from;
  return from === undefined ? module : home(from, name);
}

/** Where a name of the index is explained, seen from docs/stdlib; undefined for a name that does not exist. */
export function placeOf({ name, module }: Peer): string | undefined {
  const found = (module === undefined ? always : [module]).flatMap((m) => home(m, name) ?? [])[0];
  if (found !== undefined) return `${found.slice("std/".length)}.md#${name.toLowerCase()}`;
  return module === undefined && primitives.has(name)
    ? `../language/functions.md#${name}`
    : undefined;
}

/** The import that an example needs: of the names of its module that stand in it. */
export function importsOf({ name, entries }: ModuleReference, example: string): string {
  if (always.includes(name)) return "";
  const used = entries.filter((entry) => new RegExp(`\\b${entry.name}\\b`).test(example));
  const imported = new Set(example.match(/^import .*$/gm)?.flatMap((l) => l.match(/\w+/g) ?? []));
  const wanted = used.map((entry) => entry.name).filter((n) => !imported.has(n));
  return wanted.length === 0 ? "" : `import { ${wanted.join(", ")} } from "${name}"`;
}

/** Every generated page by its path. */
export async function libraryPages(): Promise<ReadonlyMap<string, string>> {
  const pages: [string, string][] = [
    ["docs/stdlib/README.md", indexPage(library)],
    ["docs/stdlib/pytorch.md", peersPage((peer) => placeOf(peer) ?? "")],
    ["docs/language/functions.md", functionsPage(primitiveFamilies, primitiveExamples)],
    ...library.map((m): [string, string] => [
      `docs/stdlib/${m.name.slice("std/".length)}.md`,
      modulePage(m),
    ]),
  ];
  const formatted = pages.map(async ([path, text]): Promise<[string, string]> => [
    path,
    await prettier.format(text, { parser: "markdown", embeddedLanguageFormatting: "off" }),
  ]);
  return new Map(await Promise.all(formatted));
}
