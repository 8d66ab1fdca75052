// Random programs ready to use: text with defaults that hold, loaded beside a standard library that is parsed once.
import { openPackage } from "../../../cli/host.js";
import { libraryOf } from "../../../compiler/check/library.js";
import type { Declared, Library, Unit } from "../../../compiler/resolve/modules.js";
import { parse, type FnDecl, type Item, type LayerDecl } from "../../../grammar/index.js";
import { satisfy, type Sizes } from "./oracle/index.js";
import { print } from "./print.js";
import type { Recipe } from "./program.js";

/** Where random programs pretend to stand. */
const path = "tests/check/random.dl";

/** What random programs import from. */
const standardModules = ["nn", "attention", "adapters", "optim"];

const { host } = openPackage("tests/check");

/** The standard library, parsed once. */
const standard = libraryOf(
  [{ path, text: standardModules.map((name) => `import { } from "std/${name}"\n`).join("") }],
  host,
);

/** A random program, loaded. */
export interface RandomModel {
  readonly text: string;
  readonly library: Library;
  readonly layer: LayerDecl;
  readonly forward: FnDecl;
}

/** Loads the text of a program; as the compiler does, without parsing the standard library again where that is all it needs. */
export function load(text: string): Library {
  const { module, problems } = parse({ path, text });
  const names = new Map<string, Declared>();
  const unit: Unit = { path: "random", module, names, refused: new Set(), lost: new Set() };
  const isPlain = problems.length === 0 && module.items.every((item) => bind(unit, item));
  if (!isPlain) return libraryOf([{ path, text }], host);
  return { ...standard, entries: [unit], diagnostics: [] };
}

/** Puts what an item declares in the scope of its file; false where there is something to say about it. */
function bind(unit: Unit, item: Item): boolean {
  if (item.kind === "property") return true;
  const declared: readonly (readonly [string, Declared | undefined])[] =
    item.kind === "import"
      ? item.names.map(({ name }) => [
          name.name,
          standard.units.get(item.from.value)?.names.get(name.name),
        ])
      : [[item.name.name, { item, unit }]];
  return declared.every(([name, found]) => {
    if (!found || unit.names.has(name)) return false;
    unit.names.set(name, found);
    return true;
  });
}

/** Sizes that defaults are taken from, even ones and multiples first among them. */
const defaultSizes = [2, 4, 8, 6, 3, 12, 16];

/** The program of a recipe; undefined where no sizes satisfy its clauses. */
export function modelOf(recipe: Recipe, random: () => number): RandomModel | undefined {
  const bare = parts(load(print(recipe, new Map())));
  const defaults = satisfyModel(bare, random, () => defaultSizes);
  if (!defaults) return undefined;
  const text = print(recipe, defaults);
  const library = load(text);
  return { text, library, ...parts(library) };
}

/** Small sizes for a model's static arguments under which its clauses hold. */
export const satisfyModel = (
  { layer }: Pick<RandomModel, "layer">,
  random: () => number,
  from: (name: string) => readonly number[],
): Sizes | undefined => satisfy(layer, random, from);

function parts(library: Library): Pick<RandomModel, "layer" | "forward"> {
  const layer = library.entries[0]?.module.items.find(
    (item): item is LayerDecl => item.kind === "layer" && item.keyword === "model",
  );
  const forward = layer?.members.find((m): m is FnDecl => m.kind === "fn");
  if (!layer || !forward) throw new Error("a random program without a model");
  return { layer, forward };
}
