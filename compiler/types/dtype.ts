// Element types: their names, sizes, and the facts that rules and printers ask about them.

/** What a dtype is like. */
export interface DtypeFacts {
  /** Bytes of one element in a buffer; booleans take a word, as WGSL storage demands. */
  readonly bytes: number;
  readonly isFloat: boolean;
  readonly isInteger: boolean;
  /** Name in safetensors files. */
  readonly safetensors: string;
}

export const dtypes = {
  f32: { bytes: 4, isFloat: true, isInteger: false, safetensors: "F32" },
  f16: { bytes: 2, isFloat: true, isInteger: false, safetensors: "F16" },
  i32: { bytes: 4, isFloat: false, isInteger: true, safetensors: "I32" },
  u32: { bytes: 4, isFloat: false, isInteger: true, safetensors: "U32" },
  bool: { bytes: 4, isFloat: false, isInteger: false, safetensors: "BOOL" },
} as const satisfies Record<string, DtypeFacts>;

export type Dtype = keyof typeof dtypes;

export const isDtype = (name: string): name is Dtype => Object.hasOwn(dtypes, name);
export const isFloat = (dtype: Dtype): boolean => dtypes[dtype].isFloat;
export const isInteger = (dtype: Dtype): boolean => dtypes[dtype].isInteger;

/** The dtype in which kernels compute with numbers of one, and add them up: halves are only how numbers lie in memory. */
export const computedIn = (dtype: Dtype): Dtype => (dtype === "f16" ? "f32" : dtype);
