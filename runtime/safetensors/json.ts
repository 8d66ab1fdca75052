// A strict JSON reader for file headers: refuses duplicate keys, rounded integers and deep nesting, all of which `JSON.parse` lets pass.

/** A JSON value; objects are maps, so that a key such as `__proto__` is only a key. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

/** What a header broke, before the file's name is known. */
export class JsonProblem extends Error {
  readonly code: "json" | "duplicate-key" | "number" | "too-many-keys";

  constructor(code: JsonProblem["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Bounds on what is read. */
export interface JsonLimits {
  readonly depth: number;
  /** Most keys of one object. */
  readonly keys: number;
}

/** A value as `JSON.parse` gives it. */
export type Parsed = JsonValue | readonly Parsed[] | { readonly [key: string]: Parsed };

/**
 * Reads what `JSON.stringify` wrote with an indent of 1 and a line feed, as `JSON.parse` does and several times faster than `readJson`; objects
 * are plain, and their own keys alone are theirs. Undefined for any other text, and for what nests deeper than `depth`. What comes out as it
 * went in had no key twice, no number that was rounded and nothing else that `JSON.parse` lets pass, but for halves of characters and large
 * integers, which are looked for.
 */
export function readOwnJson(text: string, depth: number): Parsed | undefined {
  if (text.includes(`\n${" ".repeat(depth + 1)}`) || /\\u[dD]|(^|\s)-?\d{16}/.test(text))
    return undefined;
  try {
    const value = JSON.parse(text) as Parsed;
    return `${JSON.stringify(value, null, 1)}\n` === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads one JSON value that fills the whole text (spaces around it allowed); throws a `JsonProblem`. */
export function readJson(text: string, limits: JsonLimits): JsonValue {
  const reader = new Reader(text, limits);
  const value = reader.value(0);
  reader.end();
  return value;
}

const plainString = /"[^"\\\u0000-\u001f]*"/y;
const anyString = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const anyNumber = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const words = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class Reader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  value(depth: number): JsonValue {
    if (depth > this.#limits.depth) throw new JsonProblem("json", "values nest too deeply");
    this.#pass();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      default:
        return this.#numberOrWord();
    }
  }

  end(): void {
    this.#pass();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
  }

  #object(depth: number): ReadonlyMap<string, JsonValue> {
    const entries = new Map<string, JsonValue>();
    this.#at++;
    if (this.#skip("}")) return entries;
    do {
      this.#pass();
      const key = this.#string();
      if (entries.has(key))
        throw new JsonProblem("duplicate-key", `the key ${quote(key)} occurs twice`);
      if (entries.size >= this.#limits.keys) {
        throw new JsonProblem("too-many-keys", `more than ${String(this.#limits.keys)} entries`);
      }
      if (!this.#skip(":")) throw this.#unexpected("`:`");
      entries.set(key, this.value(depth + 1));
    } while (this.#skip(","));
    if (!this.#skip("}")) throw this.#unexpected("`,` or `}`");
    return entries;
  }

  #array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#skip("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#skip(","));
    if (!this.#skip("]")) throw this.#unexpected("`,` or `]`");
    return items;
  }

  #string(): string {
    const plain = this.#take(plainString);
    if (plain !== undefined) return plain.slice(1, -1);
    const escaped = this.#take(anyString);
    if (escaped === undefined) throw this.#unexpected("a string");
    const value = JSON.parse(escaped) as string;
    if (/[\ud800-\udfff]/u.test(value))
      throw new JsonProblem("json", "a string holds half a character");
    return value;
  }

  #numberOrWord(): number | boolean | null {
    const known = this.#take(word);
    if (known !== undefined) return words.get(known) ?? null;
    const digits = this.#take(anyNumber);
    if (digits === undefined) throw this.#unexpected("a value");
    const value = Number(digits);
    const isInteger = /^-?\d+$/.test(digits);
    if (!Number.isFinite(value) || (isInteger && !Number.isSafeInteger(value))) {
      throw new JsonProblem("number", `the number ${digits.slice(0, 40)} is beyond 2^53`);
    }
    return value;
  }

  #skip(character: string): boolean {
    this.#pass();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return undefined;
    const found = this.#text.slice(this.#at, pattern.lastIndex);
    this.#at = pattern.lastIndex;
    return found;
  }

  /** Passes over spaces: between all tokens of a long manifest, a pattern would cost more than the tokens. */
  #pass(): void {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 32 || code === 10 || code === 13 || code === 9)
      code = this.#text.charCodeAt(++this.#at);
  }

  #unexpected(wanted: string): JsonProblem {
    const rest = this.#text.slice(this.#at, this.#at + 20);
    const found = rest === "" ? "it ends" : `it goes on with ${quote(rest)}`;
    return new JsonProblem(
      "json",
      `at character ${String(this.#at)} it should have ${wanted}, but ${found}`,
    );
  }
}

/** Text for a message, with control characters escaped. */
export const quote = (text: string): string => JSON.stringify(text.slice(0, 200));
