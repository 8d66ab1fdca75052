// The search of `dl tune` on a clock that tests set: the fastest with the same results wins, and only by a margin.
import { expect, it } from "vitest";
import type { ScheduleRecord } from "../../compiler/codegen/record.js";
import { agree, toleranceOf } from "../../cli/tune/agree.js";
import { search, type Bench } from "../../cli/tune/search.js";

const map = (workgroupSize: number): ScheduleRecord => ({
  template: "map",
  schedule: { workgroupSize },
});
const sizeOf = (record: ScheduleRecord): number =>
  record.template === "map" ? record.schedule.workgroupSize : 0;

/** A schedule of the tests: how long it takes, one sample after the other, and what it gives; `refused` does not open. */
interface Known {
  readonly times: readonly number[];
  readonly outputs?: readonly number[];
  readonly refused?: true;
}

interface Watched extends Bench {
  readonly open: Bench["open"];
  readonly taken: Map<number, number>;
  openNow: number;
}

function benchOf(known: Readonly<Record<number, Known>>, most = Infinity): Watched {
  let opened = 0;
  const bench: Watched = {
    taken: new Map(),
    openNow: 0,
    hasTime: () => opened < most,
    agrees: (wanted, found) => wanted.every((w, i) => agree(w, found[i] ?? [], 1e-3)),
    open(record) {
      opened++;
      const size = sizeOf(record);
      const { times = [], outputs = [1, 2, 3], refused } = known[size] ?? {};
      if (refused) return Promise.resolve(undefined);
      bench.openNow++;
      return Promise.resolve({
        outputs: () => Promise.resolve([outputs]),
        time: () => {
          const at = bench.taken.get(size) ?? 0;
          bench.taken.set(size, at + 1);
          return Promise.resolve(times[at % times.length] ?? NaN);
        },
        dispose: () => {
          bench.openNow--;
        },
      });
    },
  };
  return bench;
}

it("takes the fastest, whichever batch it is in, and closes all that it opened", async () => {
  const sizes = Array.from({ length: 20 }, (_, i) => i + 2);
  const known = Object.fromEntries(
    [1, ...sizes].map((n) => [n, { times: [n === 17 ? 40 : n === 3 ? 60 : 100] }]),
  );
  const bench = benchOf(known);
  const found = await search(map(1), sizes.map(map), bench);
  expect(found).toMatchObject({ best: map(17), before: 100, after: 40, tried: 20, rejected: 0 });
  expect(found.kept).toBeUndefined();
  expect(bench.openNow).toBe(0);
});

it("rejects the fastest where its results are others, and counts it", async () => {
  const bench = benchOf({
    1: { times: [100] },
    2: { times: [10], outputs: [1, 2, 4] },
    3: { times: [10], outputs: [1, NaN, 3] },
    4: { times: [50], outputs: [1, 2.0001, 3] },
    5: { times: [1], refused: true },
  });
  const found = await search(map(1), [2, 3, 4, 5].map(map), bench);
  expect(found).toMatchObject({ best: map(4), rejected: 2, refused: 1, tried: 4 });
  expect(bench.taken.get(2)).toBeUndefined();
  expect(bench.openNow).toBe(0);
});

it("keeps the chosen schedule on a tie, and where a win is smaller than the margin", async () => {
  for (const time of [100, 97, 150]) {
    const found = await search(
      map(1),
      [map(2)],
      benchOf({ 1: { times: [100] }, 2: { times: [time] } }),
    );
    expect(found).toMatchObject({ best: map(1), before: 100, after: 100 });
    expect(found.kept).toBe("the chosen schedule is the fastest");
  }
});

it("keeps the chosen schedule where a win is not confirmed", async () => {
  const lucky = { times: [50, 50, 50, 110, 110, 110, 110, 110] };
  const found = await search(map(1), [map(2)], benchOf({ 1: { times: [100] }, 2: lucky }));
  expect(found).toMatchObject({ best: map(1), tried: 1 });
});

it("measures no more what fell behind by half", async () => {
  const bench = benchOf({ 1: { times: [100] }, 2: { times: [400] }, 3: { times: [120] } });
  await search(map(1), [map(2), map(3)], bench);
  expect(bench.taken.get(2)).toBe(1);
  expect(bench.taken.get(3)).toBe(3);
});

it("says when time ran out, and keeps what won until then", async () => {
  const slow = benchOf({ 1: { times: [100] } }, 1);
  expect((await search(map(1), [map(2)], slow)).kept).toBe("out of time");
  const cut = benchOf({ 1: { times: [100] }, 2: { times: [50] }, 3: { times: [10] } }, 2);
  expect(await search(map(1), [map(2), map(3)], cut)).toMatchObject({ best: map(2), after: 50 });
});

it("allows rounding, more of it in longer sums and in half precision, and nothing in integers", () => {
  expect(agree([1, 2], [1, 2 + 1e-6], toleranceOf("f32", 1))).toBe(true);
  expect(agree([1, 2], [1, 2.001], toleranceOf("f32", 64))).toBe(false);
  expect(toleranceOf("f16", 4)).toBeGreaterThan(toleranceOf("f32", 4));
  expect(agree([3], [4], toleranceOf("i32", 1e6))).toBe(false);
  expect(agree([Infinity, 1], [NaN, 1], 0)).toBe(true);
  expect(agree([1], [1, 1], 1)).toBe(false);
});
