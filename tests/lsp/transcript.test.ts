// Every feature of the language server, asked by a client of the protocol's own library; what it answers is recorded.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { format } from "prettier";
import { startServer, uriOf, type Client } from "./client.js";
import { files, writePackage, type Name } from "./package.js";

const recorded = new URL("transcript.md", import.meta.url);
const written = writePackage();
let client: Client;
const sections: string[] = [];

beforeAll(async () => {
  client = await startServer(written.folder);
  for (const name of ["blocks", "model"] as const) client.open(written.path(name), files[name]);
  await client.findings(written.path("model"));
}, 60_000);

afterAll(async () => {
  await client.stop();
});

/** The position of the `|` in a piece of a file that is written with one. */
function at(name: Name, marked: string): { line: number; character: number } {
  const place = marked.indexOf("|");
  const offset = files[name].indexOf(marked.replace("|", "")) + place;
  const before = files[name].slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

const documentOf = (name: Name): { readonly uri: string } => ({ uri: uriOf(written.path(name)) });

/** Positions and ranges as editors show them, counted from 1. */
function short(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { line, character, start, end } = value as Record<string, unknown>;
  if (typeof line === "number" && typeof character === "number")
    return `${String(line + 1)}:${String(character + 1)}`;
  const [a, b] = [start, end].map((position) =>
    position === undefined ? undefined : short("", position),
  );
  return typeof a === "string" && typeof b === "string" ? `${a} to ${b}` : value;
}

/** An answer without the folders of this machine. */
const portable = (answer: unknown): string =>
  JSON.stringify(answer, short, 1)
    .replaceAll(`${uriOf(written.folder)}/`, "package:/")
    .replaceAll(written.folder, "package")
    .replaceAll(/file:\/\/[^"]*\/stdlib\//g, "stdlib:/");

async function ask(title: string, method: string, params: object): Promise<unknown> {
  const answer: unknown = await client.connection.sendRequest(method, params).catch(String);
  const question = portable({ method, params });
  sections.push(
    `## ${title}\n\n\`\`\`json\n${question}\n\`\`\`\n\n\`\`\`json\n${portable(answer)}\n\`\`\``,
  );
  return answer;
}

const onPlace = (
  title: string,
  feature: string,
  name: Name,
  marked: string,
  more: object = {},
): Promise<unknown> =>
  ask(title, `textDocument/${feature}`, {
    textDocument: documentOf(name),
    position: at(name, marked),
    ...more,
  });

const onFile = (title: string, feature: string, name: Name, more: object = {}): Promise<unknown> =>
  ask(title, `textDocument/${feature}`, { textDocument: documentOf(name), ...more });

describe("the language server", () => {
  it("answers every question as it is recorded", { timeout: 120_000 }, async () => {
    sections.push(
      `## What it offers\n\n\`\`\`json\n${portable(client.initialized.capabilities)}\n\`\`\``,
    );
    await onPlace("Hover: a value of a model", "hover", "model", "let po|oled");
    await onPlace("Hover: a layer in use", "hover", "blocks", "x + m|lp(h)");
    await onPlace("Hover: a model", "hover", "model", "model Ne|t(");
    await onPlace("Hover: a function of the compiler", "hover", "model", "me|an(y");
    await onPlace(
      "Hover: a parameter of another file's layer",
      "hover",
      "model",
      "**.bi|as = zeros",
    );
    await onPlace("Definition in another file", "definition", "model", "[Blo|ck(D)");
    await onPlace("Definition in the standard library", "definition", "blocks", "up = Lin|ear");
    await onPlace("Definition of a step of a selector", "definition", "model", "mlp.u|p by");
    await onPlace("References in all files", "references", "blocks", "layer Blo|ck", {
      context: { includeDeclaration: true },
    });
    await onPlace("Highlights", "documentHighlight", "model", "var y| = x");
    await onPlace("Rename: may it be?", "prepareRename", "blocks", "m|lp = Mlp(D)");
    await onPlace("Rename of a member, selectors included", "rename", "blocks", "m|lp = Mlp(D)", {
      newName: "ffn",
    });
    await onPlace("Rename that would catch another name", "rename", "blocks", "let |h = norm", {
      newName: "x",
    });
    await onPlace(
      "Rename of what the standard library declares",
      "rename",
      "blocks",
      "up = Lin|ear",
      { newName: "Affine" },
    );
    await onPlace("Parameters of a call", "signatureHelp", "model", "lora(|rank = 4)");
    await onFile("Outline", "documentSymbol", "model");
    await ask("Symbols of all files", "workspace/symbol", { query: "bl" });
    await onFile("Folding", "foldingRange", "model");
    const range = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };
    await onFile("Inlay hints", "inlayHint", "model", { range });
    const colours = (await onFile(
      "Colours by meaning, of the first lines",
      "semanticTokens/range",
      "blocks",
      {
        range: { ...range, end: { line: 4, character: 0 } },
      },
    )) as { data: number[] };
    expect(colours.data.length % 5).toBe(0);
    const lenses = (await onFile("Remarks above declarations", "codeLens", "model")) as object[];
    for (const lens of lenses) await ask("What a remark says", "codeLens/resolve", lens);
    sections.push(...(await changes()), ...(await completions()));
    const text = await format(
      `# A transcript of the language server\n\nRecorded by \`UPDATE=1 npx vitest run tests/lsp\`: each question, and what \`dl lsp\` answers.\n\n${sections.join("\n\n")}\n`,
      { parser: "markdown", printWidth: 140 },
    );
    if (process.env["UPDATE"] === "1") writeFileSync(recorded, text);
    expect(existsSync(recorded) && readFileSync(recorded, "utf8")).toBe(text);
    expect(client.log).toEqual([]);
    expect(client.errors()).toBe("");
  });
});

/** What is found after an edit, its repair, and the layout of a file. */
async function changes(): Promise<readonly string[]> {
  const path = written.path("blocks");
  const wrong = files.blocks.replace("x + mlp(h)", "x + mlp(h).T").replace("  up =", "    up  =");
  client.change(path, wrong);
  const found = await client.findings(path, (all) =>
    all.some(({ message }) => JSON.stringify(message).includes("help")),
  );
  const range = found[0]?.range ?? {
    start: { line: 0, character: 0 },
    end: { line: 0, character: 0 },
  };
  const textDocument = documentOf("blocks");
  const actions: unknown = await client.connection.sendRequest("textDocument/codeAction", {
    textDocument,
    range,
    context: { diagnostics: [] },
  });
  const layout: unknown = await client.connection.sendRequest("textDocument/formatting", {
    textDocument,
    options: { tabSize: 2, insertSpaces: true },
  });
  client.change(path, files.blocks);
  await client.findings(path, (all) => all.length === 0);
  return [
    `## Findings after an edit\n\n\`\`\`json\n${portable(found)}\n\`\`\``,
    `## Quick fixes\n\n\`\`\`json\n${portable(actions)}\n\`\`\``,
    `## Layout\n\n\`\`\`json\n${portable(layout)}\n\`\`\``,
  ];
}

/** Unfinished lines at the end of the model file, and the first things offered at each. */
const unfinished: readonly (readonly [title: string, text: string])[] = [
  ["a line of the file", "|"],
  ["a member", "fn f(net: [B], x: [B]) = x.|"],
  ["a layer that is not imported", "layer A(D) {\n  n = RMSN|\n}"],
  ["an argument", "layer A(D) {\n  n = Linear(D, |)\n}"],
  [
    "a stage of a pipe",
    "layer A(D) {\n  up = Linear(D, D)\n  fn forward(x: [B, D]) -> [B, D] = x |> |\n}",
  ],
  ["a size", "fn f(x: [B, T], y: [B, |]) = x"],
  ["a line of a derived model", "model B = Net with {\n  |\n}"],
  ["a path", "model B = Net with {\n  freeze h.*.mlp.|\n}"],
  ["an adapter", "model B = Net with {\n  adapt **: Linear by |\n}"],
  ["a setting", "train Other(net: Net, x: [B, T, 64]) {\n  |\n}"],
  ["an import", 'import { | } from "std/losses"'],
];

async function completions(): Promise<readonly string[]> {
  const path = written.path("model");
  const found: string[] = [];
  for (const [title, marked] of unfinished) {
    const place = marked.lastIndexOf("|");
    const text = `${files.model}\n${marked.slice(0, place)}${marked.slice(place + 1)}`;
    client.change(path, text);
    const before = text.slice(0, files.model.length + 1 + place).split("\n");
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    const items: { label: string; detail?: string; sortText: string }[] =
      await client.connection.sendRequest("textDocument/completion", {
        textDocument: documentOf("model"),
        position,
      });
    // Editors leave out what does not begin as the word at the cursor does.
    const word = /\w*$/.exec(marked.slice(0, place))?.[0].toLowerCase() ?? "";
    const fitting = items.filter(({ label }) => label.toLowerCase().startsWith(word));
    const first = fitting.sort((a, b) => (a.sortText < b.sortText ? -1 : 1)).slice(0, 8);
    const lines = first.map(
      ({ label, detail }) => `${label}${detail === undefined ? "" : `    ${detail}`}`,
    );
    found.push(
      `## Completion: ${title}\n\n\`\`\`text\n${marked}\n\`\`\`\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\``,
    );
  }
  client.change(path, files.model);
  return found;
}
