// Counts and bytes for people.

/** `124,439,808`. */
export const showCount = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** `474.7 MiB`, `1.500 KiB`. */
export function showBytes(n: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = n === 0 ? 0 : Math.min(names.length - 1, Math.floor(Math.log2(n) / 10));
  const scaled = n / 1024 ** step;
  return `${step === 0 ? String(n) : scaled.toPrecision(4)} ${names[step] ?? ""}`;
}
