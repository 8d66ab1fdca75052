// Takes every fourth word of four to ten letters from the npm package `cmu-pronouncing-dictionary`: how `cmudict.txt` was made.
import { pathToFileURL } from "node:url";
import { writeWhole } from "../../cli/files.js";

interface Package {
  readonly dictionary: Readonly<Record<string, string>>;
}

const [path] = process.argv.slice(2);
if (path === undefined)
  throw new Error("give the path to index.js of the unpacked package cmu-pronouncing-dictionary");

const { dictionary } = (await import(pathToFileURL(path).href)) as Package;
const lines = Object.entries(dictionary)
  // Some entries end in a comment; digits are stress.
  .map(
    ([word, said]) => [word, said.replace(/ *#.*/, "").replace(/\d/g, "").toLowerCase()] as const,
  )
  .filter(([word, said]) => /^[a-z]{4,10}$/.test(word) && said.split(" ").length <= 10)
  .filter((_, i) => i % 4 === 1)
  .map(([word, said]) => `${word} ${said}\n`);
writeWhole(new URL("cmudict.txt", import.meta.url).pathname, lines.join(""));
process.stdout.write(`${String(lines.length)} words\n`);
