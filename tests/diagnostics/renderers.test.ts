// The renderers that programs read: SARIF against its schema, JUnit through an XML parser, GitHub's commands by their escapes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { openPackage } from "../../cli/host.js";
import {
  checkPackage,
  renderGithub,
  renderJunit,
  renderSarif,
  weights,
  type Diagnostic,
} from "../../compiler/index.js";
import type { SourceFile } from "../../grammar/source.js";
import { root } from "../harness/sources.js";

const source: SourceFile = {
  path: "nets/a b%,:.dl",
  text: `layer Mlp(D, H) {
  param w1: [H, D] = zeros
  param spare: [H, D] = zeros

  fn forward(x: [B, T, D]) -> [B, T, H] {
    let 𝒉 = "<&>"
    let h = x @ w1
    h
  }
}

fn fine(x: [B]) -> [B] = x
fn Wrong(x: [B, C], y: [B, D]) -> [B, C] = x + y
`,
};
const { host } = openPackage(root);
const found = checkPackage([source], host).diagnostics;
const weightsFound = weights.weightsShape({
  file: "w.safetensors",
  path: "up",
  dtype: "f32",
  expected: [2, 3],
  found: [3, 2],
});

/** A finding with a repair, whatever the checker offers at the moment. */
const repaired: Diagnostic = {
  code: "unknown-name",
  severity: "error",
  title: "Unknown name",
  primary: {
    span: { file: source, start: 0, end: 5 },
    text: 'nothing is called `l`, said "loudly"',
  },
  secondary: [{ span: { file: source, start: 6, end: 9 }, text: "declared here" }],
  notes: [],
  fixes: [
    {
      title: "rename it",
      edits: [{ span: { file: source, start: 0, end: 5 }, text: "model" }],
      leaves: 0,
    },
  ],
};
const all = [...found, weightsFound, repaired];
const many = Array.from({ length: 120 }, (_, i): Diagnostic => ({
  ...repaired,
  primary: { span: { file: source, start: i, end: i + 1 }, text: String(i) },
}));

test("the program has findings of both severities", () => {
  expect(new Set(found.map((d) => d.severity))).toEqual(new Set(["error", "warning"]));
});

describe("SARIF", () => {
  const schema = JSON.parse(
    readFileSync(join(root, "tests", "fixtures", "sarif-2.1.0.json"), "utf8"),
  ) as object;
  const ajv = new Ajv2020({
    strict: false,
    formats: {
      uri: (text: string) => URL.canParse(text),
      "uri-reference": (text: string) => URL.canParse(text, "file:///base/"),
      "date-time": true,
      uuid: true,
    },
  });
  const validate = ajv.compile(schema);
  const tool = { version: "0.1.0", page: (code: string) => `# ${code}\n` };
  const log = (diagnostics: readonly Diagnostic[]): unknown =>
    JSON.parse(renderSarif(diagnostics, tool));

  test.each([
    ["none", []],
    ["some", all],
    ["too many", many],
  ])("%s: fits the published schema", (_, diagnostics) => {
    validate(log(diagnostics));
    expect(validate.errors).toBeNull();
  });

  test("the schema refuses what does not fit", () => {
    expect(validate({ version: "2.1.0", runs: [{ tool: {} }] })).toBe(false);
  });

  test("a result carries its rule, its place, what is related and the repair", () => {
    expect(log([repaired])).toMatchObject({
      runs: [
        {
          tool: {
            driver: { rules: [{ id: "unknown-name", help: { markdown: "# unknown-name\n" } }] },
          },
          columnKind: "utf16CodeUnits",
          results: [
            {
              ruleId: "unknown-name",
              ruleIndex: 0,
              level: "error",
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: "nets/a%20b%25%2C%3A.dl" },
                    region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 6 },
                  },
                },
              ],
              relatedLocations: [{ id: 1, message: { text: "declared here" } }],
              fixes: [
                { artifactChanges: [{ replacements: [{ insertedContent: { text: "model" } }] }] },
              ],
            },
          ],
        },
      ],
    });
  });

  test("columns count UTF-16 units", () => {
    const start = source.text.indexOf('"<&>"');
    const span = { file: source, start, end: start + 5 };
    expect(log([{ ...repaired, primary: { span, text: "" } }])).toMatchObject({
      runs: [
        {
          results: [
            { locations: [{ physicalLocation: { region: { startLine: 6, startColumn: 14 } } }] },
          ],
        },
      ],
    });
  });

  test("fingerprints stay when lines move, and tell repetitions apart", () => {
    const prints = (text: string): readonly string[] => {
      const file = { path: source.path, text };
      const starts = [...text.matchAll(/twice/g)].map((m) => m.index);
      const twice = starts.map((start): Diagnostic => ({
        ...repaired,
        primary: { span: { file, start, end: start + 5 }, text: "again" },
      }));
      const { runs } = log(twice) as {
        runs: { results: { partialFingerprints: Record<string, string> }[] }[];
      };
      return runs[0]?.results.map((r) => r.partialFingerprints["adjoint/v1"] ?? "") ?? [];
    };
    const before = prints("twice\ntwice\n");
    expect(new Set(before).size).toBe(2);
    expect(prints("// new\n\n  twice\ntwice\n")).toEqual(before);
    expect(prints("once twice\n")).not.toEqual(before.slice(0, 1));
  });
});

describe("JUnit", () => {
  /** Elements with their attributes and text, in order of their ends; throws where the text is not well-formed. */
  function elements(xml: string) {
    const ended: { name: string; attributes: Record<string, string>; text: string }[] = [];
    const open: typeof ended = [];
    const parser = new SaxesParser();
    parser.on("error", (error) => {
      throw error;
    });
    parser.on("opentag", ({ name, attributes }) => {
      open.push({ name, attributes: { ...attributes }, text: "" });
    });
    parser.on("text", (text) => {
      const top = open.at(-1);
      if (top) top.text += text;
    });
    parser.on("closetag", () => {
      const done = open.pop();
      if (done) ended.push(done);
    });
    parser.write(xml).close();
    return ended;
  }

  const spanOf = (text: string) => {
    const start = source.text.indexOf(text);
    const end = source.text.indexOf("\n\n", start);
    return { file: source, start, end: end < 0 ? source.text.length : end };
  };
  const subjects = [
    { name: "layer Mlp", span: { file: source, start: 0, end: source.text.indexOf("}\n\nfn") } },
    { name: "fn fine", span: spanOf("fn fine(x: [B]) -> [B] = x") },
  ];
  const files = [{ path: source.path, subjects }];

  test("a case for each declaration, failed where an error lies in it", () => {
    const cases = elements(renderJunit([repaired], files));
    expect(cases.filter((e) => e.name === "testcase").map((e) => e.attributes["name"])).toEqual([
      source.path,
      "layer Mlp",
      "fn fine",
    ]);
    const failures = cases.filter((e) => e.name === "failure");
    expect(failures).toHaveLength(1);
    expect(failures[0]?.attributes).toEqual({
      type: "unknown-name",
      message: 'Unknown name: nothing is called `l`, said "loudly"',
    });
    expect(cases.at(-1)?.attributes).toMatchObject({ tests: "3", failures: "1" });
  });

  test("findings elsewhere get a suite of their own", () => {
    const suites = elements(renderJunit([weightsFound], files)).filter(
      (e) => e.name === "testsuite",
    );
    expect(suites.map((e) => e.attributes["name"])).toEqual([source.path, "w.safetensors"]);
  });

  test("all that XML cannot hold is replaced", () => {
    const text = '<a> & "b" ]]> \u0000\u001b[31m \ud800 \uffff 😀 é';
    const odd = { ...repaired, primary: { ...repaired.primary, text } };
    const failure = elements(renderJunit([odd, ...all], files)).find((e) => e.name === "failure");
    expect(failure?.attributes["message"]).toContain(
      'Unknown name: <a> & "b" ]]> \ufffd\ufffd[31m \ufffd \ufffd 😀 é',
    );
  });

  test("a report without findings passes", () => {
    expect(elements(renderJunit([], files)).at(-1)?.attributes).toMatchObject({ failures: "0" });
  });
});

describe("GitHub", () => {
  test("one escaped command a line", () => {
    const lines = renderGithub([repaired, weightsFound]).split("\n");
    expect(lines).toEqual([
      "::error file=nets/a b%25%2C%3A.dl,line=1,endLine=1,col=1,endColumn=6,title=Unknown name [unknown-name]" +
        '::nothing is called `l`, said "loudly"%0Anets/a b%25,:.dl:1:7: declared here%0Ahelp: rename it (leaves no error)',
      "::error file=w.safetensors,title=Weights of another shape [weights-shape]" +
        `::\`up\` is transposed%0Ain the file: f32[3, 2]%0Ain the model: f32[2, 3]%0A${weightsFound.notes.join()}`,
      "",
    ]);
  });

  test("no columns where a span has several lines", () => {
    const wide = {
      ...repaired,
      primary: { ...repaired.primary, span: { file: source, start: 0, end: 40 } },
    };
    expect(renderGithub([wide])).toMatch(/^::error file=[^,]*,line=1,endLine=2,title=/);
  });

  test("a hundred, and a count of the rest", () => {
    const lines = renderGithub(many).trimEnd().split("\n");
    expect([lines.length, lines.at(-1)]).toEqual([101, "::notice::+20 more"]);
  });
});
