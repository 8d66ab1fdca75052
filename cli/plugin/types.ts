// The file of types that the plugin keeps: one declaration for each import of a `.dl` file.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const head = `// Written by the bundler plugin of adjoint: the types of this project's imports of .dl files.
`;

/**
 * Puts a declaration into the file, in place of the one of the same name where there is one; the others stay. A file that would not
 * change is not written.
 */
export function keepTypes(path: string, declaration: string): void {
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  const known = before.split(/^(?=declare module )/m).slice(1);
  const all = new Map([...known, declaration].map((text) => [nameOf(text), `${text.trimEnd()}\n`]));
  const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  const after = [head, ...sorted].join("\n");
  if (after !== before) writeFileSync(path, after);
}

const nameOf = (declaration: string): string => declaration.slice(0, declaration.indexOf("\n"));
