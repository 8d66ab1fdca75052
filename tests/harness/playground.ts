// The built playground for tests: its files as a host serves them, and what its run panel says.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./sources.js";

const folder = join(root, "dist", "playground");

/** The folder of a host in which tests serve the playground. */
export const at = "/some/where/";

/** The built files below that folder. */
export function builtFiles(): ReadonlyMap<string, Uint8Array> {
  if (!existsSync(folder)) throw new Error("the playground is not built; run: npm run build");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [at + name, readFileSync(join(folder, name))]));
}

/** The first number behind a word of a run's state; a comma or the end of the sentence may follow it. */
export const numberIn = (text: string, word: string): number =>
  Number(new RegExp(`${word} (\\S+?)[,.]?(?=\\s|$)`).exec(text)?.[1]);
