// The edits that import a name, and the names that could be imported.
import type { ImportDecl, Item, Module } from "../../grammar/ast.js";
import type { Edit } from "../diagnostics/index.js";
import { parsed } from "../resolve/parsed.js";
import type { Host, Library, Unit } from "../resolve/modules.js";

/** The name in an import that is there already, or a line of its own behind the last. */
export function importEdits({ file, items }: Module, name: string, from: string): readonly Edit[] {
  const put = (at: number, text: string): readonly Edit[] => [
    { span: { file, start: at, end: at }, text },
  ];
  const imports = items.filter((i): i is ImportDecl => i.kind === "import");
  const last = imports.find((i) => i.from.value === from)?.names.at(-1);
  if (last) return put((last.alias ?? last.name).span.end, `, ${name}`);
  const line = `import { ${name} } from "${from}"`;
  const end = imports.at(-1)?.span.end;
  return end === undefined ? put(startOfCode(file.text), `${line}\n`) : put(end, `\n${line}`);
}

/** Behind the comment that a file begins with, which is about the file and not about its first declaration. */
const startOfCode = (text: string): number =>
  /^(\s*\/\/(?!\/)[^\n]*\n)*\n*/.exec(text)?.[0].length ?? 0;

/** A declaration of another module. */
export interface Export {
  readonly item: Exclude<Item, { readonly kind: "import" | "property" }>;
  /** As an import of the asking file names it. */
  readonly from: string;
}

/** What the modules of the standard library and the other files of the package declare. */
export function exportsFor(library: Library, unit: Unit, host: Host): readonly Export[] {
  const standard = (host.modules?.() ?? []).flatMap((from) => {
    const file = from === unit.path ? undefined : host.read(from);
    return file ? declared(parsed(file).module, from) : [];
  });
  const own = library.entries.flatMap((other) => {
    if (other === unit || other.path.startsWith("std/")) return [];
    return declared(other.module, relativeName(unit.path, other.path));
  });
  return [...own, ...standard];
}

const declared = ({ items }: Module, from: string): readonly Export[] =>
  items.flatMap((item) =>
    item.kind === "import" || item.kind === "property" || item.kind === "train"
      ? []
      : [{ item, from }],
  );

/** A module as another one imports it: `./blocks`, `../shared/norm`. */
export function relativeName(from: string, to: string): string {
  const [here, there] = [from.split("/").slice(0, -1), to.split("/")];
  let same = 0;
  while (same < here.length && here[same] === there[same]) same++;
  const up = here.slice(same).map(() => "..");
  return [...(up.length > 0 ? up : ["."]), ...there.slice(same)].join("/");
}
