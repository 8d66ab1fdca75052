// The artifact format: what the compiler writes and the runtime executes. Plain data, JSON throughout.

/** Version of the format that is written. Version 4 added what dispatches pass to their kernels, version 5 halves and the numbers of a run. */
export const formatVersion = 5;

/** Whether a runtime of this version executes artifacts of a version of the format. */
export const isReadable = (format: number): boolean => format >= 3 && format <= formatVersion;

/** Bindings and variables start at multiples of this many bytes (WebGPU's default limit). */
export const alignment = 256;

/** Bytes of one binding that every WebGPU device allows. */
export const commonBinding = 128 * 2 ** 20;

/** Element types; booleans are words of 0 and 1. */
export type ElementType = "f32" | "f16" | "i32" | "u32" | "bool";

/** Bytes that so many elements take: halves lie two in a word, and every tensor takes whole words. */
export const bytesOf = (dtype: ElementType, count: number): number =>
  4 * Math.ceil(dtype === "f16" ? count / 2 : count);

/** Kinds of adapter that want different kernels: `software` where lanes run on a CPU, `integrated` where memory is the system's. */
export const adapterClasses = ["discrete", "integrated", "software"] as const;
export type AdapterClass = (typeof adapterClasses)[number];

/** What kernels may rely on. */
export interface Target {
  readonly adapterClass: AdapterClass;
  /** Invocations of a subgroup at least and at most; absent where kernels must do without subgroups. */
  readonly subgroups?: { readonly least: number; readonly most: number };
  /** Storage buffers of one kernel. */
  readonly storageBuffers: number;
  /** Bytes of memory that a workgroup shares, and its invocations. */
  readonly workgroupBytes: number;
  readonly invocations: number;
  /** Bytes of a buffer, and of the part of one that a kernel sees, at most. */
  readonly bufferBytes: number;
  readonly bindingBytes: number;
}

/** A target with nothing beyond what every WebGPU device has. */
export const portable = (adapterClass: AdapterClass): Target => ({
  adapterClass,
  storageBuffers: 8,
  workgroupBytes: 16384,
  invocations: 256,
  bufferBytes: 2 ** 28,
  bindingBytes: commonBinding,
});

/** An integer to be computed from the values of symbols, which are given by number. */
export type Formula =
  | number
  | readonly ["sym", number]
  | readonly ["add" | "mul" | "floor" | "min" | "max" | "pow", ...Formula[]];

/** A compiled model. */
export interface Artifact {
  readonly format: number;
  readonly name: string;
  readonly needs: DeviceNeeds;
  readonly kernels: readonly KernelText[];
  readonly variables: readonly VariablePlan[];
  /** Bytes of the two arenas of variables; gradients and moments cover the trained front of `parameters`. */
  readonly arenas: {
    readonly parameters: number;
    readonly states: number;
    readonly trained: number;
  };
  /** Programs that fill variables, in order: a later one reads what earlier ones filled, or what was loaded instead. */
  readonly init: readonly ProgramPlan[];
  readonly entries: readonly EntryPlan[];
  readonly steps: readonly StepPlan[];
}

/** What the kernels of an artifact ask of a device, the most that one of them does. */
export interface DeviceNeeds {
  readonly storageBuffers: number;
  /** Bytes that a workgroup shares, and its invocations. */
  readonly workgroupBytes: number;
  readonly invocations: number;
  /** Optional features of WebGPU. */
  readonly features: readonly string[];
  /** Invocations that every subgroup must have. */
  readonly subgroup?: number;
}

/** A shader: entry point `main`; bindings in group 0 in order, the uniform block after them where there is one. */
export interface KernelText {
  readonly label: string;
  /** Where it comes from, such as `gpt.dl:12:7`. */
  readonly origin?: string;
  readonly wgsl: string;
  readonly bindings: readonly ("read" | "write" | "update")[];
  readonly hasWords: boolean;
  /** Invocations of a subgroup that it was written for; it gives wrong results with any other number. */
  readonly subgroup?: number;
}

/** A parameter or state and its place in its arena, in bytes. */
export interface VariablePlan {
  readonly path: string;
  readonly role: "parameter" | "state";
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly isTrainable: boolean;
  /** Whether an adapter adds it, so that weights of the adapted model lack it. */
  readonly isAdded?: boolean;
  /** How its numbers are stored where they are no floats in memory; then programs see words. */
  readonly storage?: CodedStorage;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * How the numbers of a parameter are stored: each as a code of a few bits, that stands for a level, times a scale that a block of
 * neighbours in row-major order shares. All of it lies in one vector of words, laid out as `codedLayout` says.
 */
export interface CodedStorage {
  /** As it is written: `nf4`. */
  readonly format: string;
  readonly bits: 4 | 8;
  /** The number that each code stands for; `integers` are two's complement, of which the smallest is not used. */
  readonly levels: "integers" | readonly number[];
  /** Numbers that share a scale. */
  readonly block: number;
  /**
   * How scales are coded: in 8 bits that stand for a level, times a scale that a block of scales shares, plus the mean of all.
   * Absent: a scale is a float32.
   */
  readonly scales?: { readonly levels: readonly number[]; readonly block: number };
}

/** Where the parts of a coded tensor start in its words; floats are words of their bits. */
export interface CodedLayout {
  /** Codes, from the lowest byte of the first word on; two codes of 4 bits fill a byte from its upper half. */
  readonly codes: number;
  /** Scales, as floats or as codes. */
  readonly scales: number;
  readonly blocks: number;
  /** What coded scales need: the scales of scales, what is added to all, and the levels. */
  readonly groups: number;
  readonly mean: number;
  readonly levels: number;
  /** Words of all parts. */
  readonly words: number;
}

/** The layout of a coded tensor of so many numbers. */
export function codedLayout({ bits, block, scales }: CodedStorage, count: number): CodedLayout {
  const blocks = Math.ceil(count / block);
  const at = Math.ceil((count * bits) / 32);
  const groups = at + (scales ? Math.ceil(blocks / 4) : blocks);
  const mean = groups + (scales ? Math.ceil(blocks / scales.block) : 0);
  const levels = mean + (scales ? 1 : 0);
  const words = levels + (scales?.levels.length ?? 0);
  return { codes: 0, scales: at, blocks, groups, mean, levels, words };
}

/** An input as the caller must give it. */
export interface InputPlan {
  readonly name: string;
  readonly role: "input" | "scalar";
  readonly dtype: ElementType;
  readonly shape: readonly Formula[];
  /** The shape as written, for messages. */
  readonly text: string;
  /** Exclusive bound of integers that index something, and a value that is excused from it. */
  readonly below?: Formula;
  readonly except?: number;
}

/** How the value of a symbol follows from an axis of an input: `(extent - offset) / factor`. */
export interface SymbolPlan {
  readonly name: string;
  readonly from?: {
    readonly input: number;
    readonly axis: number;
    readonly factor: Formula;
    readonly offset: Formula;
  };
}

/** A condition on symbols, checked before anything runs. */
export interface GuardPlan {
  readonly relation: "==" | "!=" | "<=" | "<";
  readonly left: Formula;
  readonly right: Formula;
  readonly text: string;
  readonly leftText: string;
  readonly rightText: string;
  /** Where the clause stands, such as `gpt.dl:12:7`. */
  readonly origin?: string;
}

/** A callable entry. */
export interface EntryPlan {
  readonly name: string;
  readonly inputs: readonly InputPlan[];
  readonly guards: readonly GuardPlan[];
  readonly program: ProgramPlan;
}

/** A training step: the step itself, the optional scale that clips gradients, then the updates. */
export interface StepPlan extends EntryPlan {
  /**
   * Where one update is for several micro-batches: `add` after each but the last puts its gradients, divided by `count`, into
   * `gradientSums`, and `finish` after the last replaces its gradients by the mean of all.
   */
  readonly accumulation?: {
    readonly count: number;
    readonly add: UpdatePlan;
    readonly finish: UpdatePlan;
  };
  /** Runs over all gradients; its results go to the scalars of their names in the updates, without leaving the device. */
  readonly clip?: ProgramPlan;
  readonly updates: readonly UpdatePlan[];
  readonly moments: readonly { readonly name: string; readonly start: number }[];
  /** Numbers that the step and `clip` read and change, such as the scale of the loss. */
  readonly numbers?: readonly { readonly name: string; readonly start: number }[];
}

/** The moment in which gradients of micro-batches are added up; no optimizer can have one of this name. */
export const gradientSums = "gradient sums";

/** An update program and the byte ranges it runs over, one dispatch sequence for each. */
export interface UpdatePlan {
  readonly program: ProgramPlan;
  /** Ranges of the arenas of parameters, gradients and moments. */
  readonly ranges: readonly { readonly offset: number; readonly bytes: number }[];
  readonly isFlat: boolean;
}

/** Dispatches over tensors, for any values of the symbols. */
export interface ProgramPlan {
  readonly symbols: readonly SymbolPlan[];
  /** Words of the uniform block, in order. */
  readonly words: readonly WordPlan[];
  readonly tensors: readonly TensorPlan[];
  readonly dispatches: readonly DispatchPlan[];
  /** Dispatches that run several times, inner loops before those around them. */
  readonly loops: readonly LoopPlan[];
  /** After the dispatches: what is kept under another place. */
  readonly copies: readonly { readonly tensor: number; readonly to: Place }[];
  readonly results: readonly ResultPlan[];
  /** Number of arenas of temporary tensors. */
  readonly arenas: number;
}

export type WordPlan =
  | { readonly kind: "symbol"; readonly symbol: number }
  /** The number of the round, of the loop that so many others are around. */
  | { readonly kind: "round"; readonly depth: number }
  | { readonly kind: "scalar"; readonly name: string; readonly dtype: ElementType };

/** A tensor in memory. */
export interface TensorPlan {
  readonly dtype: ElementType;
  readonly elements: Formula;
  readonly place: Place;
  /** Its type as written, and where it comes from, for messages. */
  readonly text?: string;
  readonly origin?: string;
}

/** Where a tensor lies. */
export type Place =
  /** In an arena of the program, from one dispatch to another, both included. */
  | {
      readonly kind: "temporary";
      readonly arena: number;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "variable"; readonly role: "parameter" | "state"; readonly path: string }
  | { readonly kind: "gradient"; readonly path: string }
  /** The range that an update runs over, of one of the trained arenas. */
  | { readonly kind: "range"; readonly of: "parameters" | "gradients" }
  | { readonly kind: "moment"; readonly name: string }
  /** A number of a run. */
  | { readonly kind: "number"; readonly name: string };

/** One launch: bindings are tensors by number. */
export interface DispatchPlan {
  readonly kernel: number;
  readonly tensors: readonly number[];
  readonly groups: Formula;
  /** Words that come with this dispatch, behind those of the program. */
  readonly passed?: readonly number[];
  /** Scalar operations of what it computes; of several launches for one thing the first has them all. */
  readonly flops?: Formula;
  /** Lines of the source that it covers, such as `gpt.dl:12`, in their order. */
  readonly lines?: readonly string[];
  /** Where its first result comes from: the outermost call first. */
  readonly calls?: readonly string[];
}

/** Dispatches by number, first and last included, that run once for each round, all of them before the next. */
export interface LoopPlan {
  readonly from: number;
  readonly to: number;
  readonly count: Formula;
}

/** A result to hand back. */
export interface ResultPlan {
  readonly name: string;
  readonly role: "result" | "gradient" | "state" | "parameter";
  readonly tensor: number;
  readonly shape: readonly Formula[];
}

/** An artifact on a disk or a server: what is the same for every device, and a schedule for each kind of device it was built for. */
export interface Manifest {
  readonly format: number;
  readonly name: string;
  readonly variables: readonly VariablePlan[];
  readonly arenas: Artifact["arenas"];
  readonly schedules: readonly Schedule[];
  readonly weights?: WeightsEntry;
}

/** How to run a model on one kind of device. */
export interface Schedule {
  /** The device that its kernels were chosen for; they run on any that has what it needs. */
  readonly target: Target;
  readonly needs: DeviceNeeds;
  readonly kernels: readonly KernelEntry[];
  readonly init: readonly ProgramPlan[];
  readonly entries: readonly EntryPlan[];
  readonly steps: readonly StepPlan[];
}

/** A kernel in the manifest: its text lies in a file of its own. */
export type KernelEntry = Omit<KernelText, "wgsl"> & {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
};

/** The weights beside a manifest, hashed in pieces, so that no byte reaches the device before its piece was found whole. */
export interface WeightsEntry {
  readonly bytes: number;
  /** Bytes of each piece but the last. */
  readonly piece: number;
  readonly sha256: readonly string[];
}
