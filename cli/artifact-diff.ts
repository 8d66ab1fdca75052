// How two artifacts differ: variables, entries, costs, and whether the weights of one fit the other.
import type { ArtifactSummary, EntrySummary } from "./artifact-summary.js";

/** Something that is in both and not the same, or in one only. */
export interface Change {
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
}

/** How an artifact differs from another one. */
export interface ArtifactDiff {
  readonly isSame: boolean;
  /** What of the artifact itself changed, such as its name or weights. */
  readonly general: readonly Change[];
  readonly variables: readonly Change[];
  readonly entries: readonly Change[];
  readonly costs: readonly Change[];
  /** Whether weights of the first can be given to the second, and if not, why. */
  readonly weightsFit: boolean;
  readonly misfits: readonly string[];
}

/** Compares two artifacts. Costs compare the schedules for the first kind of adapter that both have. */
export function diffArtifacts(before: ArtifactSummary, after: ArtifactSummary): ArtifactDiff {
  const own = before.schedules.find((s) => after.schedules.some((o) => o.for === s.for));
  const [left = own, right] = [own, after.schedules.find((s) => s.for === own?.for)];
  const [was, is] = [entriesOf(left?.entries), entriesOf(right?.entries)];
  const variables = changes(before.variables, after.variables);
  const misfits = variables.flatMap(({ what, before: had, after: has }) => {
    if (had === undefined) return has?.startsWith("state") ? [] : [`\`${what}\` is missing`];
    if (has === undefined) return [`\`${what}\` has no place`];
    return had === has ? [] : [`\`${what}\` is ${had}, ${has} is wanted`];
  });
  return {
    isSame: before.id === after.id,
    general: changes(generalOf(before), generalOf(after)),
    variables,
    entries: changes(map(was, signatureOf), map(is, signatureOf)),
    costs: changes(
      { ...costsOf(was), ...scheduleCosts(left) },
      { ...costsOf(is), ...scheduleCosts(right) },
    ),
    weightsFit: misfits.length === 0,
    misfits,
  };
}

type Table = Readonly<Record<string, string>>;

function changes(before: Table, after: Table): readonly Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((what) => {
    const [a, b] = [before[what], after[what]];
    if (a === b) return [];
    return [
      { what, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) },
    ];
  });
}

const generalOf = (of: ArtifactSummary): Table => ({
  name: of.name,
  format: String(of.format),
  parameters: of.parameters.toLocaleString("en"),
  schedules: of.schedules.map((s) => s.for).join(", "),
  weights: of.weights
    ? `${String(of.weights.bytes)} bytes, ${of.weights.sha256.join(" ")}`
    : "none",
});

const entriesOf = (entries: readonly EntrySummary[] = []): ReadonlyMap<string, EntrySummary> =>
  new Map(entries.map((entry) => [entry.name, entry]));

const map = (
  entries: ReadonlyMap<string, EntrySummary>,
  of: (entry: EntrySummary) => string,
): Table => Object.fromEntries([...entries].map(([name, entry]) => [name, of(entry)]));

const signatureOf = ({ inputs, results, guards }: EntrySummary): string =>
  `(${inputs.join(", ")}) -> ${results.join(", ")}${guards.length > 0 ? ` where ${guards.join(", ")}` : ""}`;

const costsOf = (entries: ReadonlyMap<string, EntrySummary>): Table => ({
  ...Object.fromEntries([...entries].map(([n, e]) => [`${n} dispatches`, String(e.dispatches)])),
  ...Object.fromEntries(
    [...entries].flatMap(([n, { at }]) =>
      at
        ? [
            [`${n} operations`, at.flops.toLocaleString("en")],
            [`${n} peak bytes`, at.bytes.toLocaleString("en")],
          ]
        : [],
    ),
  ),
});

const scheduleCosts = (
  schedule: { readonly kernels: number; readonly shaderBytes: number } | undefined,
): Table =>
  schedule
    ? { kernels: String(schedule.kernels), "bytes of shaders": String(schedule.shaderBytes) }
    : {};
