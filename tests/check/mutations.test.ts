// Half-written programs: tokens dropped, doubled, swapped and replaced in real files never make the parser or the checker throw.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openPackage } from "../../cli/host.js";
import { checkPackage } from "../../compiler/compile.js";
import { renderText } from "../../compiler/diagnostics/index.js";

const folders = ["tests/check/right", "examples/language-page"];
const sources = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".dl"))
    .map((name) => readFileSync(join(folder, name), "utf8")),
);

/** Declarations by themselves: quick to check, though the names of others are missing. */
const declarations = sources.flatMap((text) => text.split(/\n(?=[a-z/@])/));
const imports = `import { Linear, LayerNorm, Embedding } from "std/nn"
import { lora } from "std/adapters"
import { adamw, sgd } from "std/optim"
`;

const tokensOf = (text: string): string[] =>
  text.match(/\s+|[A-Za-z_]\w*|\d[\w.]*|->|<-|\.\.\.?|\|>|\*\*|./g) ?? [];
const words = declarations.flatMap(tokensOf).filter((t) => t.trim() !== "");

/** One slip of the keyboard; places count the tokens that are not blank, and wrap around. */
type Edit =
  | { readonly kind: "drop" | "double" | "swap"; readonly at: number }
  | { readonly kind: "replace"; readonly at: number; readonly by: string };

function apply(tokens: string[], edit: Edit): string[] {
  const places = tokens.flatMap((t, i) => (t.trim() === "" ? [] : [i]));
  const at = places[edit.at % Math.max(places.length, 1)] ?? 0;
  const next = places[(edit.at + 1) % Math.max(places.length, 1)] ?? 0;
  const [one, other] = [tokens[at] ?? "", tokens[next] ?? ""];
  if (edit.kind === "drop") return tokens.toSpliced(at, 1);
  if (edit.kind === "double") return tokens.toSpliced(at, 0, one, " ");
  if (edit.kind === "replace") return tokens.with(at, edit.by);
  return tokens.with(at, other).with(next, one);
}

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constantFrom("drop", "double", "swap"), at: fc.nat(2000) }),
  fc.record({ kind: fc.constant("replace"), at: fc.nat(2000), by: fc.constantFrom(...words) }),
);

const mutated = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...declarations) },
      { weight: 1, arbitrary: fc.constantFrom(...sources) },
    ),
    fc.array(edit, { minLength: 1, maxLength: 4 }),
  )
  .map(([text, edits]) => imports + edits.reduce(apply, tokensOf(text)).join(""));

const { host } = openPackage("tests/check");

describe("a half-written program", () => {
  const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
  it.each(seeds)(
    "is parsed, checked and shown without a throw, seed %i",
    { timeout: 60_000 },
    (seed) => {
      fc.assert(
        fc.property(mutated, (text) => {
          const { diagnostics } = checkPackage([{ path: "tests/check/mutated.dl", text }], host);
          expect(typeof renderText(diagnostics)).toBe("string");
        }),
        { numRuns: 100, seed },
      );
    },
  );
});
