// Nothing that a client sends ends the language server: malformed requests, unknown files, broken text, odd positions.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, uriOf, type Client } from "./client.js";
import { files, writePackage } from "./package.js";

const written = writePackage();
let client: Client;

beforeAll(async () => {
  client = await startServer(written.folder);
  client.open(written.path("model"), files.model);
}, 60_000);

afterAll(async () => {
  expect(await client.stop()).toBe(0);
  expect(client.errors()).toBe("");
});

const hover = (uri: string, line = 8, character = 8): Promise<unknown> =>
  client.connection.sendRequest("textDocument/hover", {
    textDocument: { uri },
    position: { line, character },
  });

/** The server still knows what it is asked about the model. */
async function expectAlive(): Promise<void> {
  expect(JSON.stringify(await hover(uriOf(written.path("model"))))).toContain("Block");
}

const features = [
  "hover",
  "definition",
  "references",
  "rename",
  "prepareRename",
  "completion",
  "signatureHelp",
  "documentSymbol",
  "foldingRange",
  "inlayHint",
  "codeAction",
  "codeLens",
  "formatting",
  "semanticTokens/full",
  "documentHighlight",
];

const ask = (feature: string, params: object): Promise<unknown> =>
  client.connection.sendRequest(`textDocument/${feature}`, params).catch((fault: unknown) => fault);

describe("the language server goes on", { timeout: 60_000 }, () => {
  it("after requests without what they need", async () => {
    for (const feature of features) {
      await ask(feature, {});
      await ask(feature, { textDocument: {}, position: {} });
    }
    await expectAlive();
  });

  it("after a method that nobody knows", async () => {
    await expect(client.connection.sendRequest("textDocument/dance", {})).rejects.toThrow(
      /Unhandled method/,
    );
    await expectAlive();
  });

  it("and answers nothing about files that are not there, outside of every package, or no files", async () => {
    const uris = [
      "file:///nowhere/at/all.dl",
      "untitled:Untitled-1",
      "http://example.com/a.dl",
      "file:///etc/hostname",
      "",
      "%%",
    ];
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    for (const uri of uris)
      for (const feature of features) {
        const position = { line: 0, character: 0 };
        const context = { diagnostics: [], includeDeclaration: true };
        const answer = await ask(feature, {
          textDocument: { uri },
          position,
          range,
          context,
          newName: "a",
          options: {},
        });
        if (feature !== "rename")
          expect([null, "[]", '{"data":[]}']).toContain(
            answer === null ? null : JSON.stringify(answer),
          );
      }
    await expectAlive();
  });

  it("at positions that no text has", async () => {
    const uri = uriOf(written.path("model"));
    for (const [line, character] of [
      [1e6, 0],
      [0, 1e6],
      [-1, -1],
      [8, -5],
      [0.5, 0.5],
    ] as const)
      for (const feature of ["hover", "completion", "definition", "signatureHelp"])
        await ask(feature, { textDocument: { uri }, position: { line, character } });
    await expectAlive();
  });

  it("on very broken text", async () => {
    const path = written.path("broken");
    client.open(path, "");
    const texts = [
      "{".repeat(5000),
      "layer A(D) { fn f(x: [".repeat(300),
      "\u0000\uD800 \u202e layer",
      "model M = M with { adapt ** by M(M(M( }",
      `${files.model.slice(0, 500)}"\n${files.blocks}`,
      "fn f(x: [B]) = " + "(".repeat(3000),
      'import { A } from "./broken"\nlayer A(A = A) { A = A(A) }',
    ];
    for (const text of texts) {
      client.change(path, text);
      const position = { line: 0, character: Math.min(20, text.length) };
      for (const feature of features)
        await ask(feature, {
          textDocument: { uri: uriOf(path) },
          position,
          range: { start: { line: 0, character: 0 }, end: position },
          context: { diagnostics: [], includeDeclaration: true },
          newName: "b",
          options: {},
        });
    }
    client.close(path);
    await expectAlive();
  });

  it("and sees files that change on the disk", async () => {
    const path = written.path("blocks");
    writeFileSync(path, files.blocks.replace("layer Block(D)", "layer Brick(D)"));
    const changes = [{ uri: uriOf(path), type: 2 }];
    await client.connection.sendNotification("workspace/didChangeWatchedFiles", { changes });
    const found = await client.findings(written.path("model"), (all) => all.length > 0);
    expect(found.map(({ code }) => code)).toContain("unknown-export");
    writeFileSync(path, files.blocks);
    await client.connection.sendNotification("workspace/didChangeWatchedFiles", { changes });
    await client.findings(written.path("model"), (all) => all.length === 0);
    await expectAlive();
  });
});
