// Answers the page's questions with the compiler: findings, hovers, completions, artifacts, costs.
import { buildArtifact } from "../compiler/artifact/index.js";
import {
  compile,
  createChecker,
  renderOne,
  repairsOf,
  warningsOf,
  type Diagnostic,
} from "../compiler/index.js";
import type { Compiled } from "../compiler/ir/program.js";
import { completionsAt } from "../compiler/queries/completion/index.js";
import { costOf } from "../compiler/queries/cost.js";
import { showBytes, showCount } from "../compiler/queries/counts.js";
import { hoverAt } from "../compiler/queries/hover.js";
import { pictureOf } from "../compiler/queries/picture.js";
import type { Place } from "../compiler/queries/site.js";
import { overlaid } from "../compiler/resolve/modules.js";
import { evaluate, show, type Dim } from "../compiler/types/dim.js";
import { parse } from "../grammar/parser.js";
import { positionOf } from "../grammar/source.js";
import type { Artifact } from "../runtime/format.js";
import { needsOf, totalBytes } from "../runtime/needs.js";
import { host } from "./library.js";
import {
  type Costs,
  type Files,
  type Finding,
  type Kind,
  type Quantity,
  type Questions,
  type Sizes,
  type Spot,
  type Subject,
} from "./protocol.js";

/** How deep calls are drawn inside of one another, as `dl graph` does. */
const depth = 2;

const checker = createChecker(host);
let current: Files = [];
let last: { readonly compiled: Compiled; readonly artifact: Artifact } | undefined;

/** An answer for each kind of question. */
export const answers: {
  readonly [K in Kind]: (ask: Questions[K]["ask"]) => Questions[K]["answer"];
} = {
  check({ files }) {
    take(files);
    const state = checker.state();
    const told = repairsOf(state);
    const all = told.length > 0 ? told : files.flatMap(({ path }) => warningsOf(state, path));
    return { findings: all.map((d) => findingOf(d, files)), subjects: subjectsOf(files) };
  },
  hover(spot) {
    const found = hoverAt(placeIn(spot));
    if (!found) return undefined;
    const { span, head, facts, doc } = found;
    return { start: span.start, end: span.end, head, facts, ...(doc === undefined ? {} : { doc }) };
  },
  complete(spot) {
    const { library, unit, offset } = placeIn(spot);
    const { start, end, items } = completionsAt(library, unit, offset, checker.state().host);
    return {
      start,
      end,
      items: items.map(({ label, kind, detail, doc, rank, insert, edits }) => ({
        label,
        kind,
        rank,
        insert: insert ?? label,
        edits: (edits ?? []).map(({ span, text: by }) => ({ ...stretch(span), text: by })),
        ...(detail === undefined ? {} : { detail }),
        ...(doc === undefined ? {} : { doc }),
      })),
    };
  },
  build({ files, subject, target }) {
    const { path, kind, name } = subject;
    const wanted = kind === "model" ? { model: name } : { runs: [name] };
    const entry = files.find((file) => file.path === path);
    if (!entry) return { problem: `There is no file ${path} any more.` };
    const result = compile(entry, overlaid(files, host), wanted);
    if (!result.ok) return { problem: result.diagnostics.map((d) => renderOne(d)).join("\n") };
    const compiled = result.value;
    const artifact = buildArtifact(compiled, { target });
    last = { compiled, artifact };
    const pictures = [...compiled.entries, ...compiled.steps].map((e) => pictureOf(e, depth));
    return { artifact, pictures, lines: linesOf(artifact, files) };
  },
  costs: ({ sizes }) => last && costsOf(last.compiled, last.artifact, sizes),
};

function take(files: Files): void {
  const before = new Map(current.map(({ path, text }) => [path, text]));
  for (const { path } of current)
    if (!files.some((file) => file.path === path)) checker.remove(path);
  const changed = files.filter(({ path, text }) => before.get(path) !== text);
  if (changed.length > 0) checker.update(...changed);
  current = files;
}

function placeIn({ files, path, offset }: Spot): Place {
  take(files);
  const { library } = checker.state();
  const unit = library.entries.find(({ module }) => module.file.path === path);
  if (!unit) throw new Error(`the file ${path} was not read`);
  return { library, unit, offset };
}

const stretch = ({ start, end }: { readonly start: number; readonly end: number }) => ({
  start,
  end,
});

/** A finding in one of the files; one that lies in the library is shown at the start of the first. */
function findingOf(d: Diagnostic, files: Files): Finding {
  const { span } = d.primary;
  const own = files.find(({ path }) => path === span.file.path);
  const { path, text } = own ?? files[0] ?? span.file;
  const rows = (d.comparison ?? []).map(
    ({ name, dtype, axes }) => `  ${name}: ${dtype}[${axes.join(", ")}]`,
  );
  const label = d.primary.text === "" ? "" : `: ${d.primary.text}`;
  const fixes = (d.fixes ?? []).map(({ title }) => `help: ${title}`);
  const start = own ? Math.min(span.start, text.length) : 0;
  return {
    path,
    start,
    end: own ? Math.min(span.end, text.length) : 0,
    severity: d.severity,
    message: [`${d.title}${label}`, ...rows, ...d.notes, ...fixes].join("\n"),
    text: renderOne(d),
    line: positionOf({ path, text }, start).line,
  };
}

/** What can be built of a program: runs first, since they bring their models. */
function subjectsOf(files: Files): readonly Subject[] {
  const declared = files.flatMap((file) =>
    parse(file).module.items.map((item) => ({ item, path: file.path })),
  );
  type Item = (typeof declared)[number]["item"];
  const named = (kind: Subject["kind"], matches: (item: Item) => boolean) =>
    declared.flatMap(({ item, path }): Subject[] =>
      matches(item) && "name" in item ? [{ path, kind, name: item.name.name }] : [],
    );
  return [
    ...named("train", ({ kind }) => kind === "train"),
    ...named(
      "model",
      (item) =>
        item.kind === "derived-model" || (item.kind === "layer" && item.keyword === "model"),
    ),
  ];
}

/** The source lines of kernels, of the program's files and of the library. */
function linesOf(artifact: Artifact, files: Files): Readonly<Record<string, string>> {
  const lines: Record<string, string> = {};
  for (const { origin } of artifact.kernels) {
    const [, path = "", line = ""] = /^(.*?\.dl):(\d+)/.exec(origin ?? "") ?? [];
    const own = files.find((file) => file.path === path);
    const found = (own ?? host.read(path.replace(/\.dl$/, "")))?.text.split("\n")[Number(line) - 1];
    if (origin !== undefined && found !== undefined) lines[origin] = found.trim();
  }
  return lines;
}

function costsOf(compiled: Compiled, artifact: Artifact, sizes: Sizes): Costs {
  const { layers, programs } = costOf(compiled);
  const quantity = (label: string, dim: Dim, unit: (n: number) => string): Quantity[] => {
    const formula = show(dim);
    const value = evaluate(dim, ({ name }) => sizes[name]);
    if (formula === "0") return [];
    return [{ label, formula, ...(value === undefined ? {} : { value: unit(value) }) }];
  };
  return {
    layers,
    programs: programs.map((p) => ({
      name: p.name,
      quantities: [
        ...quantity("FLOPs", p.flops, showCount),
        ...quantity("inputs", p.inputs, showBytes),
        ...quantity("results", p.results, showBytes),
        ...quantity("windows, if stored", p.windows, showBytes),
        ...memoryOf(artifact, p.name, sizes),
      ],
    })),
  };
}

/** Bytes of all buffers of a call, where the sizes say them. */
function memoryOf(artifact: Artifact, name: string, sizes: Sizes): readonly Quantity[] {
  const plan = [...artifact.entries, ...artifact.steps].find((e) => e.name === name);
  const symbols = plan?.program.symbols.map((s) => sizes[s.name]) ?? [];
  const known = symbols.filter((size) => size !== undefined);
  if (!plan || known.length < symbols.length) return [];
  const needs = needsOf(artifact, name, known);
  return [
    {
      label: "memory",
      formula: [...needs.keys()].join(" + "),
      value: showBytes(totalBytes(needs)),
    },
  ];
}
