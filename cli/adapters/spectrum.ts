// Singular values of matrices, and what they say of low-rank updates: energy by rank, errors by Eckart and Young, targets and ranks.
import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import type { HostTensor } from "../../runtime/weights.js";

/** What the singular values of one matrix say. */
export interface Spectrum {
  readonly path: string;
  readonly rows: number;
  readonly columns: number;
  /** Largest first; only the first of them for a large matrix. */
  readonly values: readonly number[];
  /** Length of the matrix: the root of the sum of its squares. */
  readonly length: number;
  /** Whether the values are those of a random range, which miss the true ones by a little. */
  readonly isSketched: boolean;
  /** Least rank that keeps 90 and 99 % of the squares; absent where that needs more values than were found. */
  readonly rank90?: number;
  readonly rank99?: number;
}

/** Largest smaller side that is decomposed whole. */
const mostDense = 512;
/** Values of a larger matrix that are sought. */
const sketched = 64;

/** The spectrum of a tensor with at least two axes; convolutions count as matrices of output channels by everything else. */
export function spectrumOf(path: string, { shape, data }: HostTensor): Spectrum | undefined {
  const [rows = 0, ...rest] = shape;
  const columns = rest.reduce((a, b) => a * b, 1);
  if (rest.length === 0 || rows < 2 || columns < 2) return undefined;
  const matrix = Matrix.from1DArray(rows, columns, data);
  const isSketched = Math.min(rows, columns) > mostDense;
  const values = isSketched ? sketchedValues(matrix) : valuesOf(matrix);
  const energy = Array.from(data).reduce((sum, x) => sum + x * x, 0);
  const rank = (share: number): number | undefined => rankFor(values, energy, share);
  const [rank90, rank99] = [rank(0.9), rank(0.99)];
  return {
    path,
    rows,
    columns,
    values,
    length: Math.sqrt(energy),
    isSketched,
    ...(rank90 === undefined ? {} : { rank90 }),
    ...(rank99 === undefined ? {} : { rank99 }),
  };
}

const valuesOf = (matrix: Matrix): readonly number[] =>
  new SingularValueDecomposition(matrix, {
    autoTranspose: true,
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  }).diagonal;

/** The largest values by a random range with two power iterations (Halko et al. 2011), from a fixed start. */
function sketchedValues(matrix: Matrix): readonly number[] {
  const width = sketched + 16;
  let range = basisOf(matrix.mmul(noise(matrix.columns, width)));
  for (let i = 0; i < 2; i++) range = basisOf(matrix.mmul(basisOf(matrix.transpose().mmul(range))));
  return valuesOf(range.transpose().mmul(matrix)).slice(0, sketched);
}

const basisOf = (matrix: Matrix): Matrix => new QrDecomposition(matrix).orthogonalMatrix;

/** Numbers that look drawn, the same each time. */
function noise(rows: number, columns: number): Matrix {
  let state = 0x9e3779b9;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Matrix.from1DArray(rows, columns, Array.from({ length: rows * columns }, next));
}

/** The share of the squares that the first `rank` values keep. */
export const energyAt = ({ values, length }: Spectrum, rank: number): number =>
  values.slice(0, rank).reduce((sum, s) => sum + s * s, 0) / Math.max(length * length, 1e-300);

/** How far the nearest matrix of a rank is, as a share of the length: the Eckart-Young bound. */
export const errorAt = (spectrum: Spectrum, rank: number): number =>
  Math.sqrt(Math.max(0, 1 - energyAt(spectrum, rank)));

function rankFor(values: readonly number[], energy: number, share: number): number | undefined {
  let sum = 0;
  for (const [i, s] of values.entries()) {
    sum += s * s;
    if (sum >= share * energy * (1 - 1e-12)) return i + 1;
  }
  return undefined;
}

/** What to adapt, and by which rank. */
export interface Suggestion {
  readonly path: string;
  readonly rank: number;
  /** Numbers that an update of this rank holds, as a share of the matrix. */
  readonly size: number;
  /** Squares of the matrix that it keeps. */
  readonly energy: number;
}

/** Matrices of which a rank that keeps 90 % of the squares takes at most half of their numbers, those that save most first. */
export function suggestions(spectra: readonly Spectrum[]): readonly Suggestion[] {
  return spectra
    .flatMap((spectrum): Suggestion[] => {
      const { path, rank90: rank, rows, columns } = spectrum;
      if (rank === undefined) return [];
      const size = (rank * (rows + columns)) / (rows * columns);
      return size > 0.5 ? [] : [{ path, rank, size, energy: energyAt(spectrum, rank) }];
    })
    .sort((a, b) => a.size - b.size);
}
