// Reference pages in Markdown, from what modules and primitives say of themselves.
import type { Primitive } from "../check/primitive.js";
import { peers, type Peer } from "./pytorch.js";
import type { ModuleReference, ReferenceEntry, ReferenceVariable } from "./reference.js";

/** The page of one module: what it is for, and each declaration with its head, prose, variables, parts and example. */
export function modulePage(reference: ModuleReference): string {
  const { name, purpose, entries, passedOn } = reference;
  const anchors = anchorsOf(entries.map((entry) => entry.name));
  const contents = entries.map((entry, i) => `[${entry.name}](#${anchors[i] ?? ""})`).join(" · ");
  const others = passedOn.map(
    ({ from, names }) => `- from \`${from}\`: ${names.map(code).join(", ")}`,
  );
  return [
    `# ${name}`,
    purpose,
    contents,
    ...(others.length > 0 ? ["Also imported here, and so given on:", others.join("\n")] : []),
    ...entries.map(entrySection),
  ].join("\n\n");
}

function entrySection(entry: ReferenceEntry): string {
  const head = [
    entry.signature,
    ...entry.methods.map((method) => method.replace(/^/gm, "  ")),
  ].join("\n");
  return [
    `## ${entry.name}`,
    fenced(head),
    entry.prose,
    ...(entry.variables.length > 0 ? [variableTable(entry.variables)] : []),
    ...(entry.parts.length > 0
      ? [`Inside: ${entry.parts.map((p) => code(`${p.name} = ${p.value}`)).join(", ")}.`]
      : []),
    ...(entry.example === undefined ? [] : [fenced(entry.example)]),
  ].join("\n\n");
}

function variableTable(variables: readonly ReferenceVariable[]): string {
  const rows = variables.map(({ name, role, type, init, condition }) => {
    const start = code(init) + (condition === undefined ? "" : `, only if ${code(condition)}`);
    return tableRow([code(name), role, code(type), start]);
  });
  return [
    tableRow(["variable", "is a", "type", "starts as"]),
    tableRow(["-", "-", "-", "-"]),
    ...rows,
  ].join("\n");
}

/** The page that lists the modules of a library and says how examples are to be read. */
export function indexPage(modules: readonly ModuleReference[]): string {
  const rows = modules.map(({ name, purpose, entries }) => {
    const file = name.replace(/^std\//, "");
    const names = entries.map((entry) => code(entry.name)).join(" ");
    return tableRow([`[${name}](${file}.md)`, firstSentence(purpose), names]);
  });
  const table = [tableRow(["module", "is for", "declares"]), tableRow(["-", "-", "-"]), ...rows];
  return ["# The standard library", libraryIntroduction, table.join("\n"), exampleGuide].join(
    "\n\n",
  );
}

const libraryIntroduction = `All of it is written in the language, in [stdlib](../../stdlib); these pages are made from its doc comments, and every
example on them is run by the tests. What the compiler knows itself is on [another page](../language/functions.md), and
[names of PyTorch](pytorch.md) lead here too.`;

const exampleGuide = `## Examples

An example shows lines that would stand inside a model. A comment behind a line says what comes out: the numbers,
rounded to four digits, or the type where they depend on how parameters start. Several results are parted by \`;\`.

- \`name = Layer(…)\`, \`param …\` and \`state …\` are members of the model; \`let …\` goes before the lines that follow.
- \`adapt name by adapter(…)\` adapts the model.
- \`optimizer = …\` trains the vector (1, 2) on half the sum of its squares; the comment is the vector after two steps.
- \`stack(1, 2)\` is a tensor of two numbers, \`iota(3)\` is 0, 1, 2.
- Whole declarations are compiled and run as they are.`;

const firstSentence = (text: string): string => /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;

/** The index by the names of PyTorch; \`file\` says where a name is explained. */
export function peersPage(file: (peer: Peer) => string): string {
  const tables = peers.map(({ title, rows }) => {
    const lines = rows.map((peer) =>
      tableRow([
        code(peer.torch),
        `[${code(peer.name)}](${file(peer)})`,
        code(peer.module ?? "always in scope"),
        peer.note ?? "",
      ]),
    );
    return [
      `## ${title}`,
      [
        tableRow(["PyTorch", "here", "import from", "what differs"]),
        tableRow(["-", "-", "-", "-"]),
        ...lines,
      ].join("\n"),
    ].join("\n\n");
  });
  return ["# Coming from PyTorch", peersIntroduction, ...tables].join("\n\n");
}

const peersIntroduction = `Layers and functions have PyTorch's names, order of arguments and defaults where it has them; parameters have the names of its
\`state_dict\`s. \`F\` is \`torch.nn.functional\`.`;

/** The page of the functions that the compiler knows itself, family by family. */
export function functionsPage(
  families: readonly { readonly title: string; readonly primitives: readonly Primitive[] }[],
  examples: ReadonlyMap<string, string>,
): string {
  const sections = families.map(({ title, primitives }) =>
    [`## ${title}`, ...primitives.map((p) => primitiveSection(p, examples.get(p.name)))].join(
      "\n\n",
    ),
  );
  return ["# Functions of the language", functionsIntroduction, ...sections].join("\n\n");
}

const functionsIntroduction = `These functions are known to the compiler and are in scope everywhere. Everything else is written in the language itself:
the [standard library](../stdlib/README.md). Arguments with \`= …\` may be left out. How to read the examples is said [there](../stdlib/README.md#examples).`;

function primitiveSection({ name, params, doc }: Primitive, example: string | undefined): string {
  const shown = params.map((p) => (p.endsWith("?") ? `${p.slice(0, -1)} = …` : p));
  return [
    `### ${name}`,
    `\`${name}(${shown.join(", ")})\``,
    doc,
    ...(example === undefined ? [] : [fenced(example)]),
  ].join("\n\n");
}

/** One row of a Markdown table. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
}

/** The anchors of headings on one page: where two differ only in case, the later ones are counted. */
export function anchorsOf(headings: readonly string[]): readonly string[] {
  const plain = headings.map((heading) => heading.toLowerCase().replace(/[^\w-]/g, ""));
  return plain.map((name, i) => {
    const before = plain.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}-${String(before)}`;
  });
}

/** A program in a page. */
export const fenced = (text: string): string => `\`\`\`dl\n${text}\n\`\`\``;

const code = (text: string): string => `\`${text}\``;
