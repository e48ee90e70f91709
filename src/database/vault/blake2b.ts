const mask = (1n << 64n) - 1n

const start = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
]

/** Which words of a block each step of a round takes. */
const orders = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
]

/** The columns, then the diagonals, of the state. */
const quarters = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

const blockBytes = 128

/**
 * BLAKE2b (RFC 7693) with a key, a salt and a personalization, none of which Node's own takes. For a few short messages: it
 * counts in BigInt.
 * @param options.length of the digest, 1 to 64 bytes
 * @param options.key up to 64 bytes
 * @param options.salt 16 bytes
 * @param options.personal 16 bytes
 */
export function blake2b(
  message: Uint8Array,
  { length, key, salt, personal }: { length: number; key: Uint8Array; salt?: Buffer; personal?: Buffer },
): Buffer {
  const state = BigUint64Array.from(start)
  const parameters = Buffer.alloc(64)
  parameters.set([length, key.length, 1, 1])
  salt?.copy(parameters, 32)
  personal?.copy(parameters, 48)
  for (let word = 0; word < 8; word += 1) xorInto(state, word, parameters.readBigUInt64LE(word * 8))
  const keyBlock = Buffer.alloc(key.length > 0 ? blockBytes : 0)
  keyBlock.set(key)
  const input = Buffer.concat([keyBlock, message])
  const blocks = Math.max(1, Math.ceil(input.length / blockBytes))
  for (let block = 0; block < blocks; block += 1) {
    const bytes = Buffer.alloc(blockBytes)
    input.copy(bytes, 0, block * blockBytes)
    compress(state, bytes, Math.min(input.length, (block + 1) * blockBytes), block === blocks - 1)
  }
  const digest = Buffer.alloc(64)
  state.forEach((word, index) => {
    digest.writeBigUInt64LE(word, index * 8)
  })
  return digest.subarray(0, length)
}

function compress(state: BigUint64Array, block: Buffer, counter: number, isLast: boolean): void {
  const work = new BigUint64Array(16)
  work.set(state)
  work.set(start, 8)
  xorInto(work, 12, BigInt(counter))
  if (isLast) xorInto(work, 14, mask)
  for (let round = 0; round < 12; round += 1)
    quarters.forEach((quarter, step) => {
      const word = (at: number) => block.readBigUInt64LE((orders[round % 10]?.[step * 2 + at] ?? 0) * 8)
      mix(work, quarter, word(0), word(1))
    })
  for (let index = 0; index < 8; index += 1) xorInto(state, index, at(work, index) ^ at(work, index + 8))
}

function mix(work: BigUint64Array, [a, b, c, d]: (typeof quarters)[number], x: bigint, y: bigint): void {
  const turn = (to: number, by: number, bits: bigint) => {
    const mixed = at(work, to) ^ at(work, by)
    work[to] = (mixed >> bits) | (mixed << (64n - bits))
  }
  const add = (to: number, by: number, more = 0n) => {
    work[to] = at(work, to) + at(work, by) + more
  }
  add(a, b, x)
  turn(d, a, 32n)
  add(c, d)
  turn(b, c, 24n)
  add(a, b, y)
  turn(d, a, 16n)
  add(c, d)
  turn(b, c, 63n)
}

function at(words: BigUint64Array, index: number): bigint {
  return words[index] ?? 0n
}

function xorInto(words: BigUint64Array, index: number, other: bigint): void {
  words[index] = at(words, index) ^ other
}
