// After any edits and undos a project is in the state of one that was opened afresh: its texts, its findings, its answers.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextDocument } from "vscode-languageserver-textdocument";
import { Project } from "../../cli/lsp/project.js";
import { checkPackage, renderText } from "../../compiler/index.js";
import { hintsIn } from "../../compiler/queries/hints.js";
import { files, writePackage, type Name } from "./package.js";

/** How many edits; `ADJOINT_EDITS=10000` takes the full number. */
const edits = Number(process.env["ADJOINT_EDITS"] ?? 400);
/** After how many of them the states are compared. */
const apart = 20;

const names = ["blocks", "model", "gpt"] as const;
const texts: Readonly<Record<(typeof names)[number], string>> = {
  ...files,
  gpt: readFileSync("examples/language-page/gpt.dl", "utf8"),
};

/** What is typed: pieces of programs, signs that open and close, nonsense. */
const pieces = [
  ...["{", "}", "[", "]", "(", ")", "=", ":", ",", ".", "@", "*", "|>", "-", '"', "\n", " ", "/"],
  "D",
  "x",
  "T",
  " let y = x\n",
  "fn g(x: [B, D]) -> [B, D] = x\n",
  "Linear(D, D)",
  " |> gelu",
  "layer A(D) {\n  fn forward(x: [B, D]) -> [B, D] = x\n}\n",
  "// remark\n",
  "4 * ",
  "where D % 2 == 0 ",
  "é",
  "𝔽",
];

const typed = fc.record({
  file: fc.constantFrom(...names),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(40)),
  text: fc.oneof(fc.constant(""), fc.constantFrom(...pieces)),
  undo: fc.integer({ min: 0, max: 9 }).map((n) => n < 4),
});

interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Texts under edit, and what takes each edit back. */
class Desk {
  readonly documents = new Map<Name | "gpt", TextDocument>();
  private readonly done: { readonly file: Name | "gpt"; readonly back: Change }[] = [];
  private version = 0;

  constructor() {
    for (const name of names)
      this.documents.set(
        name,
        TextDocument.create(`file:///${name}.dl`, "adjoint", 0, texts[name]),
      );
  }

  textOf = (name: Name | "gpt"): string => this.documents.get(name)?.getText() ?? "";

  apply(file: Name | "gpt", { start, end, text }: Change): void {
    const document = this.documents.get(file);
    if (!document) return;
    const back = { start, end: start + text.length, text: document.getText().slice(start, end) };
    this.done.push({ file, back });
    const range = { start: document.positionAt(start), end: document.positionAt(end) };
    // As an editor sends it: the range in lines and characters, and the new text.
    this.documents.set(file, TextDocument.update(document, [{ range, text }], ++this.version));
  }

  undo(): void {
    const last = this.done.pop();
    if (!last) return;
    this.apply(last.file, last.back);
    this.done.pop();
  }

  undoAll(): void {
    while (this.done.length > 0) this.undo();
  }
}

describe("a project under edit", () => {
  it("is as if it had been opened afresh", { timeout: 3_600_000 }, async () => {
    const { path } = writePackage(texts);
    const project = new Project(path("model"));
    const desk = new Desk();
    const compare = (): void => {
      const present = names.map((name) => ({ path: path(name), text: desk.textOf(name) }));
      for (const { path: place, text } of present) project.edit(place, text);
      const { findings, host } = project.state();
      expect(renderText(findings.told)).toBe(renderText(checkPackage(present, host).diagnostics));
    };
    const steps = fc.sample(typed, { numRuns: edits, seed: 20_261_130 });
    for (const [i, { file, at, cut, text, undo }] of steps.entries()) {
      const before = desk.textOf(file);
      const start = boundary(before, Math.floor(at * before.length));
      const end = boundary(before, Math.min(before.length, start + cut));
      if (undo) desk.undo();
      else desk.apply(file, { start, end, text });
      project.edit(path(file), desk.textOf(file));
      project.state();
      if (i % apart === 0) {
        compare();
        // The runner wants to hear from a long test.
        await new Promise((go) => setImmediate(go));
      }
      // Programs that are taken apart for long are only rubble: some of it is put together again.
      if (i % 60 === 59) desk.undoAll();
    }
    desk.undoAll();
    compare();
    for (const name of names) expect(desk.textOf(name)).toBe(texts[name]);
    const fresh = new Project(writePackage(texts).path("model"));
    const [a, b] = [project.open(path("gpt")), fresh.open([...fresh.state().files][0]?.path ?? "")];
    expect(renderText(project.quick())).toBe(renderText([]));
    expect(
      a && hintsIn(a.library, a.unit, 0, a.file.text.length).map(({ text }) => text),
    ).toContain(": f32[B, T, D]");
    expect(b).toBeDefined();
  });
});

/** No cut goes through a character of two units. */
const boundary = (text: string, at: number): number =>
  /[\uDC00-\uDFFF]/.test(text[at] ?? "") ? at - 1 : at;
