import { performance } from 'node:perf_hooks'

/** One measured run. Seconds are wall time; the rest only where a candidate knows it. */
export interface Sample {
  seconds: number
  /** User and system time of the client. */
  cpuSeconds?: number
  /** Largest resident set of the client. */
  peakBytes?: number
  requests?: number
  bytes?: number
}

export interface Candidate {
  name: string
  /** Brings everything back to where it was, unmeasured. */
  prepare?(): Promise<unknown>
  /** What is measured; a sample of its own wins over the wall time taken around it. */
  run(): Promise<Partial<Sample> | undefined>
  /** The ratio to the reference it must not exceed. */
  goal?: number
}

export interface Row {
  name: string
  samples: Sample[]
  median: number
  min: number
  max: number
  /** Median of the round-by-round ratios to the reference: the machine's drift falls out. */
  ratio: number
  goal?: number
}

export interface Comparison {
  title: string
  reference: string
  rows: Row[]
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  const upper = sorted[Math.floor(half)] ?? Number.NaN
  return Number.isInteger(half) ? ((sorted[half - 1] ?? Number.NaN) + upper) / 2 : upper
}

/**
 * Measures candidates side by side, interleaved: each round runs every one of them, in an order that turns from round
 * to round. The first candidate is the reference the ratios are taken to.
 */
export async function compare(options: {
  title: string
  candidates: readonly [Candidate, ...Candidate[]]
  rounds: number
}): Promise<Comparison> {
  const { title, candidates, rounds } = options
  const samples = new Map<string, Sample[]>(candidates.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    const order = candidates.map((_, index) => candidates[(index + round) % candidates.length])
    for (const candidate of order) {
      if (candidate === undefined) continue
      process.stderr.write(`${title}: ${candidate.name}, round ${round + 1} of ${rounds}\n`)
      await candidate.prepare?.()
      const started = performance.now()
      const measured = await candidate.run()
      samples.get(candidate.name)?.push({ seconds: (performance.now() - started) / 1000, ...measured })
    }
  }
  const reference = candidates[0].name
  const baseline = samples.get(reference) ?? []
  const rows = candidates.map(({ name, goal }) => rowOf(name, samples.get(name) ?? [], baseline, goal))
  return { title, reference, rows }
}

function rowOf(name: string, samples: Sample[], baseline: readonly Sample[], goal: number | undefined): Row {
  const seconds = samples.map((sample) => sample.seconds)
  const ratios = seconds.map((value, round) => value / (baseline[round]?.seconds ?? Number.NaN))
  return {
    name,
    samples,
    median: median(seconds),
    min: Math.min(...seconds),
    max: Math.max(...seconds),
    ratio: median(ratios),
    ...(goal !== undefined && { goal }),
  }
}

/** The same measurements beside another candidate, for a second goal. */
export function compareWith(
  { title, rows }: Comparison,
  reference: string,
  goals: Readonly<Record<string, number>>,
): Comparison {
  const baseline = rows.find(({ name }) => name === reference)?.samples ?? []
  const named = rows.filter(({ name }) => name === reference || name in goals)
  return {
    title: `${title}, beside ${reference}`,
    reference,
    rows: named.map(({ name, samples }) => rowOf(name, samples, baseline, goals[name])),
  }
}

/** A comparison as lines of text. */
export function renderComparison({ title, rows }: Comparison): string {
  const cell = (text: string, width: number) => text.padStart(width)
  const optional = (row: Row, key: Exclude<keyof Sample, 'seconds'>, scale: number, digits: number) => {
    const values = row.samples.map((sample) => sample[key]).filter((value) => value !== undefined)
    return cell(values.length === 0 ? '-' : (median(values) / scale).toFixed(digits), 9)
  }
  const header = `${'s median'.padStart(9)} ${cell('min', 8)} ${cell('max', 8)} ${cell('ratio', 7)} ${cell('goal', 6)} ${cell('cpu s', 9)} ${cell('MB peak', 9)} ${cell('requests', 9)} ${cell('MB moved', 9)}`
  const lines = rows.map((row) => {
    const goal = row.goal === undefined ? '-' : row.goal.toFixed(2)
    const missed = row.goal !== undefined && row.ratio > row.goal ? '  over' : ''
    const numbers = `${cell(row.median.toFixed(3), 9)} ${cell(row.min.toFixed(3), 8)} ${cell(row.max.toFixed(3), 8)} ${cell(row.ratio.toFixed(2), 7)} ${cell(goal, 6)}`
    const others = `${optional(row, 'cpuSeconds', 1, 2)} ${optional(row, 'peakBytes', 1e6, 0)} ${optional(row, 'requests', 1, 0)} ${optional(row, 'bytes', 1e6, 1)}`
    return `  ${row.name.padEnd(44)} ${numbers} ${others}${missed}`
  })
  return [title, `  ${''.padEnd(44)} ${header}`, ...lines].join('\n')
}
