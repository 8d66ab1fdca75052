// Imports a name that some module declares and the file does not.
import { parse, type Item } from "../../grammar/index.js";
import { nearest, type Proposal } from "../diagnostics/index.js";
import { importEdits } from "../queries/imports.js";
import { draft, type Draft, type Surroundings } from "./surroundings.js";

/** One draft for each module that declares the name. */
export function importDrafts(name: string, { module, host }: Surroundings): readonly Draft[] {
  const modules = host.modules?.() ?? [];
  return modules
    .filter((from) => declares(from))
    .map((from) => {
      const edits = importEdits(module, name, from);
      return { title: `import it from \`${from}\``, edits };
    });

  function declares(from: string): boolean {
    const file = host.read(from);
    return file !== undefined && parse(file).module.items.some((item) => nameOf(item) === name);
  }
}

function nameOf(item: Item): string | undefined {
  return item.kind === "import" || item.kind === "property" ? undefined : item.name.name;
}

/** The nearest modules that exist. */
export function moduleDrafts(
  { at, name }: Proposal & { readonly kind: "module" },
  { module, host }: Surroundings,
): readonly Draft[] {
  return nearest(name, host.modules?.() ?? []).map((known) =>
    draft(`import from \`${known}\``, module.file, [at.start, at.end], `"${known}"`),
  );
}
