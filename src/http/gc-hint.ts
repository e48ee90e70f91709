/** Streamed buffers of so many bytes in all are let lie. */
const hintEvery = 8 << 20

let passed = 0

/**
 * Buffers lie outside the heap, so the collector learns late that those already used pile up. After every 8 MiB streamed it
 * is asked to look at what is young, which takes less than a millisecond and keeps 50 MB from being wasted. Without
 * `--expose-gc`, which the scripts give, nothing happens.
 */
export function hintGarbage(bytes: number): void {
  passed += bytes
  if (passed < hintEvery) return
  passed = 0
  globalThis.gc?.({ type: 'minor', execution: 'sync' })
}
