// Forty texts with characters that editors, keyboards and other programs put in: one message each, at the right place.
import { describe, expect, it } from "vitest";
import { positionOf } from "../../grammar/source.js";
import { trial } from "./trial.js";

const inBody = (line: string): string => `fn f(x: [N, D]) -> [N, D] {\n  ${line}\n}\n`;
const inHead = (head: string): string => `${head} = x\n`;

/** A text, where its one message stands, and what the message says; without a place the text is fine. */
type Case = readonly [name: string, text: string, place?: string, says?: string];

const illegal = (name: string, line: string, column: number, says: string): Case => [
  name,
  inBody(line),
  `2:${String(column)}`,
  says,
];

const cases: readonly Case[] = [
  ["a byte order mark at the start", `\ufeff${inBody("x")}`],
  ["line ends of Windows", inBody("x").replaceAll("\n", "\r\n")],
  [
    "an unknown name behind line ends of Windows",
    inBody("x + yy").replaceAll("\n", "\r\n"),
    "2:7",
    "yy",
  ],
  ["an unknown name behind astral characters", `// 🙂🙂\n${inBody("x + yy")}`, "3:7", "yy"],
  ["an unknown name behind tabs", "fn f(x: [N]) {\n\t\tx + yy\n}\n", "2:7", "yy"],
  ["any script in a comment", inBody("x // 漢字 עברית é 🙂")],
  illegal("a byte order mark inside", "x \ufeff+ x", 5, "byte order mark"),
  illegal("an astral name", "𝑥", 3, "looks like `x`"),
  illegal("a Greek capital", "Α", 3, "looks like `A`"),
  illegal("a Cyrillic letter", "х", 3, "looks like `x`"),
  ["a Greek letter in a type", inHead("fn f(x: [Β, D])"), "1:10", "looks like `B`"],
  ["a Cyrillic letter in a type", inHead("fn f(x: [В, D])"), "1:10", "looks like `B`"],
  illegal("another Greek letter", "λ", 3, "U+03BB"),
  illegal("a zero-width joiner", "x\u200d + x", 4, "U+200D"),
  illegal("a zero-width space", "x\u200b + x", 4, "zero-width space"),
  illegal("a soft hyphen", "x\u00ad + x", 4, "U+00AD"),
  illegal("a variation selector", "x\ufe0f + x", 4, "U+FE0F"),
  illegal("a composed letter", "é", 3, "U+00E9"),
  illegal("a decomposed letter", "e\u0301", 4, "U+0301"),
  illegal("a lone combining mark", "\u0301x", 3, "U+0301"),
  illegal("a no-break space", "x\u00a0+ x", 4, "no-break space"),
  illegal("an ideographic space", "x\u3000+ x", 4, "U+3000"),
  ["quotes of a word processor", "import { Linear } from “std/nn”\n", "1:24", "“"],
  ["a full-width comma", inHead("fn f(x: [N， D])"), "1:11", "looks like `,`"],
  ["a full-width colon", inHead("fn f(x： [N])"), "1:7", "looks like `:`"],
  ["a full-width equals sign", "fn f(x: [N]) ＝ x\n", "1:14", "looks like `=`"],
  illegal("a full-width letter", "ｘ", 3, "looks like `x`"),
  illegal("a full-width digit", "x + １", 7, "looks like `1`"),
  illegal("a minus sign", "x − x", 5, "−"),
  illegal("a multiplication sign", "x × 2", 5, "×"),
  illegal("a superscript", "x²", 4, "²"),
  ["a typographic arrow", "fn f(x: [N]) → [N] = x\n", "1:14", "→"],
  ["a typographic ellipsis", inHead("fn f(x: […])"), "1:10", "…"],
  illegal("a right-to-left mark", "x \u200f+ x", 5, "text direction mark"),
  illegal("a right-to-left override", "x \u202e+ x", 5, "text direction control"),
  illegal("a lone high surrogate", "x \ud800+ x", 5, "half of a surrogate pair"),
  illegal("a lone low surrogate", "\udc00", 3, "half of a surrogate pair"),
  illegal("NUL", "x\0", 4, "NUL"),
  illegal("a line separator", "x\u2028", 4, "line separator"),
  illegal("a paragraph separator", "x\u2029", 4, "paragraph separator"),
  illegal("a vertical tab", "x\v", 4, "control character"),
  illegal("a next-line character", "x\u0085", 4, "next-line character"),
  illegal("a character for private use", "\ue000", 3, "U+E000"),
];

const named = cases.map(([name, text, place, says]) => ({ name, text, place, says }));

describe("a text with", () => {
  it.each(named)("$name", ({ text, place, says }) => {
    const { diagnostics, rendered } = trial(text);
    const places = diagnostics.map(({ primary: { span } }) => {
      const { line, column } = positionOf(span.file, span.start);
      return `${String(line)}:${String(column)}`;
    });
    expect(places, rendered).toEqual(place === undefined ? [] : [place]);
    expect(diagnostics[0]?.primary.text ?? "").toContain(says ?? "");
  });
});
