// The bundler plugin: `import model from "./gpt.dl"` compiles the model while the page is built, and again whenever its sources change.
import { basename, dirname, join } from "node:path";
import { createUnplugin, type UnpluginInstance } from "unplugin";
import { buildArtifact } from "../../compiler/artifact/index.js";
import { compile, renderText, type Compiled, type Diagnostic } from "../../compiler/index.js";
import { parse } from "../../grammar/index.js";
import { portable, type AdapterClass, type Artifact } from "../../runtime/format.js";
import { ambientModule, artifactModule } from "../artifact-module.js";
import { partsOf, type Built } from "../artifact.js";
import { packDla } from "../dla.js";
import { openPackage, nameInPackage, readSource } from "../host.js";
import { withOrigins } from "../origins.js";
import { keepTypes } from "./types.js";

/** Options of the plugin. */
export interface PluginOptions {
  /** Kinds of adapter to choose kernels for; default: discrete and software. */
  readonly for?: readonly [AdapterClass, ...AdapterClass[]];
  /** A file of types to keep, such as `dl-modules.d.ts`, which tells TypeScript exactly what each import gives; none where left out. */
  readonly types?: string;
}

/** What the query of an import chooses: `./gpt.dl?model=Gpt&run=Pretrain&D=128`. */
interface Wanted {
  readonly path: string;
  readonly model: string | undefined;
  readonly runs: readonly string[];
  readonly sets: Readonly<Record<string, string>>;
  /** Its query as the import has it, without what bundlers add. */
  readonly query: string;
}

/** The plugin for every bundler that unplugin knows; `adjoint/vite`, `adjoint/rollup` and `adjoint/webpack` are its faces. */
export const adjointPlugin: UnpluginInstance<PluginOptions | undefined> = createUnplugin(
  (options) => ({
    name: "adjoint",
    enforce: "pre",
    // Rollup finds no file whose name ends in a query.
    resolveId: {
      filter: { id: /^\.{1,2}\/.*\.dl(\?.*)?$/ },
      handler: (id, importer) =>
        importer === undefined ? null : join(dirname(importer.replace(/\?.*$/, "")), id),
    },
    load: {
      filter: { id: /\.dl(\?.*)?$/ },
      async handler(id) {
        const wanted = wantedBy(id);
        const source = readSource(wanted.path);
        const { host } = openPackage(wanted.path);
        this.addWatchFile(wanted.path);
        const read = (module: string): ReturnType<typeof host.read> => {
          const file = host.read(module);
          if (file && !file.path.startsWith("std/")) this.addWatchFile(file.path);
          return file;
        };
        const model = wanted.model ?? onlyModel(source);
        const compiled = compile(
          source,
          { ...host, read },
          { sets: wanted.sets, runs: wanted.runs, ...(model === undefined ? {} : { model }) },
        );
        if (!compiled.ok) {
          this.error(shown(compiled.diagnostics, wanted.path));
          return undefined;
        }
        const made = await moduleOf(
          compiled.value,
          wanted.path,
          options?.for ?? ["discrete", "software"],
        );
        if (options?.types !== undefined)
          keepTypes(options.types, ambientModule(patternOf(wanted), made.artifact));
        return made.text;
      },
    },
  }),
);

function wantedBy(id: string): Wanted {
  const [path = "", query = ""] = id.split("?");
  const given = new URLSearchParams(query);
  const added = ["import", "t", "v"];
  const own = ["model", "run", ...added];
  const sets = [...given].filter(([name]) => !own.includes(name));
  const parts = query.split("&").filter((part) => !added.includes(part.replace(/=.*$/, "")));
  return {
    path,
    query: parts.join("&"),
    model: given.get("model") ?? undefined,
    runs: given.getAll("run"),
    sets: Object.fromEntries(sets),
  };
}

/** What TypeScript takes for this import, from whatever folder it is made. */
const patternOf = ({ path, query }: Wanted): string =>
  `*/${basename(path)}${query === "" ? "" : `?${query}`}`;

/** The only model of a file; the compiler says what to name where there are several. */
function onlyModel(source: ReturnType<typeof readSource>): string | undefined {
  const models = parse(source).module.items.flatMap((item) =>
    item.kind === "derived-model" || (item.kind === "layer" && item.keyword === "model")
      ? [item.name.name]
      : [],
  );
  return models.length === 1 ? models[0] : undefined;
}

/** A finding as bundlers show it: a message with its place, which Vite lays over the page. */
function shown(
  diagnostics: readonly Diagnostic[],
  path: string,
): {
  readonly message: string;
  readonly id: string;
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
} {
  const [first] = diagnostics.filter(({ severity }) => severity === "error");
  const { file, start } = first?.primary.span ?? { file: { path, text: "" }, start: 0 };
  const before = file.text.slice(0, start).split("\n");
  const place = { line: before.length, column: before.at(-1)?.length ?? 0 };
  return { message: renderText(diagnostics), id: path, loc: { file: path, ...place } };
}

/** The text of the module that stands for a `.dl` file: the artifact, and how to open it. */
async function moduleOf(
  compiled: Compiled,
  path: string,
  classes: readonly [AdapterClass, ...AdapterClass[]],
): Promise<{ readonly text: string; readonly artifact: Artifact }> {
  const build = (forClass: AdapterClass): Built => {
    const target = portable(forClass);
    const artifact = buildArtifact(compiled, { target });
    return { target, artifact: withOrigins(artifact, (name) => nameInPackage(path, name)) };
  };
  const [first, ...more] = classes;
  const built = build(first);
  const dla = packDla(await partsOf([built, ...more.map(build)], undefined));
  const bytes = `Uint8Array.from(atob("${Buffer.from(dla).toString("base64")}"), (c) => c.charCodeAt(0))`;
  const { artifact } = built;
  return { text: `${artifactModule(artifact, bytes)}\nexport default { open };\n`, artifact };
}
