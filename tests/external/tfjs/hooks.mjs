// Lets Node load the compiled specs of tfjs-core as they are: ES modules with names of files without an extension.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const marker = "/@tensorflow/tfjs-core/dist/";

/** Fills in what bundlers guess: `.js`, or the index of a folder. */
export async function resolve(specifier, context, next) {
  if (!specifier.startsWith(".") || !context.parentURL?.includes(marker))
    return next(specifier, context);
  const url = new URL(specifier, context.parentURL).href;
  const found = [url, `${url}.js`, `${url}/index.js`].find(
    (candidate) => candidate.endsWith(".js") && existsSync(fileURLToPath(candidate)),
  );
  return { url: found ?? url, shortCircuit: true };
}

/** Says that these files are modules, which their package does not; packages of CommonJS are seen as bundlers show them. */
export async function load(url, context, next) {
  if (!url.includes(marker)) return next(url, context);
  const source = readFileSync(fileURLToPath(url), "utf8").replace(
    /import \* as seedrandom from 'seedrandom'/,
    "import seedrandom from 'seedrandom'",
  );
  return { format: "module", source, shortCircuit: true };
}
