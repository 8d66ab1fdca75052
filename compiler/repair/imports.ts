// Imports a name that some module declares and the file does not.
import { parse, type ImportDecl, type Item, type Module } from "../../grammar/index.js";
import { nearest, type Proposal } from "../diagnostics/index.js";
import { draft, type Draft, type Surroundings } from "./surroundings.js";

/** One draft for each module that declares the name. */
export function importDrafts(name: string, { module, host }: Surroundings): readonly Draft[] {
  const modules = host.modules?.() ?? [];
  return modules.filter((from) => declares(from)).map((from) => importing(module, name, from));

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

/** The name in an import that is there already, or a line of its own behind the last. */
function importing({ file, items }: Module, name: string, from: string): Draft {
  const title = `import it from \`${from}\``;
  const imports = items.filter((i): i is ImportDecl => i.kind === "import");
  const last = imports.find((i) => i.from.value === from)?.names.at(-1);
  if (last) {
    const at = (last.alias ?? last.name).span.end;
    return draft(title, file, [at, at], `, ${name}`);
  }
  const line = `import { ${name} } from "${from}"`;
  const end = imports.at(-1)?.span.end;
  if (end !== undefined) return draft(title, file, [end, end], `\n${line}`);
  const at = startOfCode(file.text);
  return draft(title, file, [at, at], `${line}\n`);
}

/** Behind the comment that a file begins with, which is about the file and not about its first declaration. */
const startOfCode = (text: string): number =>
  /^(\s*\/\/(?!\/)[^\n]*\n)*\n*/.exec(text)?.[0].length ?? 0;
