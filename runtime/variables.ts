// Parameters, states and moments: between the arenas on the device and tensors by path.
import type { encode } from "./coded.js";
import type { Device } from "./device.js";
import { RuntimeFault } from "./errors.js";
import type { Artifact, StepPlan, VariablePlan } from "./format.js";
import { fromWords, toWords, type TensorData, type TensorValue } from "./inputs.js";
import { smallestBuffer } from "./layout.js";
import type { Pool } from "./pool.js";

/** The arenas of a session. */
export interface Variables {
  readonly artifact: Artifact;
  readonly device: Device;
  readonly pool: Pool;
  /** What codes numbers; undefined where no variable is stored as codes. */
  readonly encode: Encode | undefined;
}

/** Packs numbers into the words of a coded variable. */
export type Encode = typeof encode;

/** What codes the variables of an artifact. Few are stored as codes; a page whose are not does without the code. */
export async function encoderOf({ variables }: Artifact): Promise<Encode | undefined> {
  return variables.some(({ storage }) => storage) ? (await import("./coded.js")).encode : undefined;
}

/** Names of all moments of all steps. */
const momentsOf = (artifact: Artifact): string[] => [
  ...new Set(artifact.steps.flatMap((s) => s.moments.map((m) => m.name))),
];

/** Whether any of some names is that of a moment or a number of a step. */
export const isNamedIn = ({ moments, numbers = [] }: StepPlan, names: readonly string[]): boolean =>
  [...moments, ...numbers].some(({ name }) =>
    names.some((key) => `${key}/`.startsWith(`${name}/`)),
  );

/** Makes the numbers of a step that are not there yet. */
export function startNumbers({ numbers = [] }: StepPlan, { device, pool }: Variables): void {
  for (const { name, start } of numbers) {
    if (pool.find(`number ${name}`)) continue;
    device.write(pool.take(`number ${name}`, smallestBuffer), Float32Array.of(start));
  }
}

/** Numbers of all steps, each as a variable in a buffer of its own. */
const numbersOf = (artifact: Artifact): VariablePlan[] =>
  artifact.steps
    .flatMap(({ numbers = [] }) => numbers)
    .map(({ name }) => {
      const place = { offset: 0, bytes: 4 };
      return { path: name, role: "state", dtype: "f32", shape: [], isTrainable: false, ...place };
    });

/** The tensor of a variable as memory holds it: that of a coded one is its words. */
const storedType = ({
  dtype,
  shape,
  storage,
  bytes,
}: VariablePlan): Pick<TensorValue, "dtype" | "shape"> =>
  storage ? { dtype: "u32", shape: [bytes / 4] } : { dtype, shape };

/** Every variable by path, coded ones as their words; moments under `NAME/PATH` and numbers of runs where a step has made them. */
export async function readArenas({
  artifact,
  device,
  pool,
}: Variables): Promise<Record<string, TensorValue>> {
  const found: Record<string, TensorValue> = Object.create(null) as Record<string, TensorValue>;
  const take = async (
    arena: string,
    prefix: string,
    plans: readonly VariablePlan[],
  ): Promise<void> => {
    const buffer = pool.find(arena);
    if (!buffer || plans.length === 0) return;
    const bytes = await device.read(buffer);
    for (const plan of plans) {
      const { path, offset, bytes: size } = plan;
      const type = storedType(plan);
      const count = type.shape.reduce((a, b) => a * b, 1);
      const data = fromWords(type.dtype, bytes.slice(offset, offset + size), count);
      found[prefix + path] = { ...type, data };
    }
  };
  const parameters = artifact.variables.filter((v) => v.role === "parameter");
  await take("parameters", "", parameters);
  await take(
    "states",
    "",
    artifact.variables.filter((v) => v.role === "state"),
  );
  const trained = parameters.filter((v) => v.offset + v.bytes <= artifact.arenas.trained);
  for (const name of momentsOf(artifact)) await take(`moment ${name}`, `${name}/`, trained);
  for (const number of numbersOf(artifact)) await take(`number ${number.path}`, "", [number]);
  return found;
}

/** Replaces variables by path: coded ones by numbers, or by their words. */
export function writeArenas(
  { artifact, device, pool, encode }: Variables,
  values: Readonly<Record<string, TensorData>>,
): void {
  const writes = Object.entries(values).map(([key, data]) => {
    const target = find(artifact, key);
    const buffer = target && pool.find(target.arena);
    if (!target || !buffer)
      throw new RuntimeFault(`\`${artifact.name}\` has no variable \`${key}\``, {
        code: "unknown-variable",
        exit: 1,
      });
    return { buffer, offset: target.plan.offset, words: wordsFor(target.plan, key, data, encode) };
  });
  for (const { buffer, offset, words } of writes)
    if (words.length > 0) device.write(buffer, words, offset);
}

function find(artifact: Artifact, key: string): { plan: VariablePlan; arena: string } | undefined {
  const plan = artifact.variables.find((v) => v.path === key);
  if (plan) return { plan, arena: `${plan.role}s` };
  const number = numbersOf(artifact).find((n) => n.path === key);
  if (number) return { plan: number, arena: `number ${key}` };
  const name = momentsOf(artifact).find((m) => key.startsWith(`${m}/`));
  const moment =
    name === undefined
      ? undefined
      : artifact.variables.find((v) => v.path === key.slice(name.length + 1));
  return name !== undefined && moment ? { plan: moment, arena: `moment ${name}` } : undefined;
}

/** The words of a variable from its numbers, or from its words where it is coded; throws a `RuntimeFault` for a wrong size. */
function wordsFor(
  plan: VariablePlan,
  key: string,
  data: TensorData,
  encode: Encode | undefined,
): Uint32Array {
  const { dtype, bytes, shape, storage } = plan;
  const count = shape.reduce((a, b) => a * b, 1);
  if (storage && data instanceof Uint32Array && data.length * 4 === bytes) return data;
  if (data.length === count && storage && encode) return encode(data, storage);
  if (data.length === count && !storage) return toWords(dtype, data);
  throw new RuntimeFault(
    `\`${key}\` has ${String(data.length)} elements, its shape [${shape.join(", ")}] has ${String(count)}`,
    { code: "shape-mismatch", exit: 1 },
  );
}
