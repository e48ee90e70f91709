import { formatSeconds, plural } from '../../toolkit.ts'
import type { DrillEvidence, Evidence } from './evidence.ts'

/** The evidence as a page that stands alone, to be printed, signed and filed. Everything in it that others wrote is escaped. */
export function evidencePage(evidence: Evidence, of: { title: string; by: string }): string {
  const { projects, from, to, digest } = evidence
  const proven = projects.filter(({ drills }) => drills.some(isProof))
  const without = projects.filter(({ drills }) => !drills.some(isProof))
  const drills = projects.reduce((sum, project) => sum + project.drills.length, 0)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${text(of.title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${text(of.title)}</h1>
<p>Restore drills from ${day(from)} to ${day(to)}, UTC. In a drill the newest archive is restored into an empty, disposable target, and what
is there is compared with the backup: tables row by row, files by their hashes.</p>
<dl>
<div><dt>Projects</dt><dd>${projects.length}</dd></div>
<div><dt>Proven by a drill</dt><dd>${proven.length}</dd></div>
<div><dt>Not proven</dt><dd>${without.length}</dd></div>
<div><dt>Drills</dt><dd>${drills}</dd></div>
</dl>
${without.length === 0 ? '' : `<section><h2>Not proven in this time</h2><ul>${without.map(({ name }) => `<li>${text(name)}</li>`).join('')}</ul></section>`}
${projects
  .filter((project) => project.drills.length > 0)
  .map(section)
  .join('\n')}
<section class="sign">
<h2>Sign-off</h2>
<table><tbody>
<tr><th scope="row">Made</th><td>${exact(to)} by ${text(of.by)}</td></tr>
<tr><th scope="row">SHA-256 of the data</th><td class="code">${digest}</td></tr>
<tr><th scope="row">Reviewed by</th><td class="line"></td></tr>
<tr><th scope="row">Date and signature</th><td class="line"></td></tr>
</tbody></table>
</section>
</body>
</html>
`
}

function isProof({ outcome, proof }: DrillEvidence): boolean {
  return outcome === 'success' && proof?.ok === true && !proof.isOfPart
}

function section({ name, drills }: Evidence['projects'][number]): string {
  const rows = drills.map(
    (drill) => `<tr>
<td>${exact(drill.startedAt)}</td><td>${isProof(drill) ? 'proven equal' : text(failureOf(drill))}</td>
<td class="code">${text(drill.archive ?? '–')}</td><td>${text(drill.target ?? '–')}</td><td>${text(comparedIn(drill))}</td>
<td class="number">${drill.seconds === null ? '–' : formatSeconds(drill.seconds)}</td><td class="code">${text(drill.runId)}</td>
</tr>`,
  )
  return `<section>
<h2>${text(name)}</h2>
<p>${plural(drills.length, 'drill')}, ${drills.filter(isProof).length} proven equal</p>
<table>
<thead><tr><th scope="col">Began</th><th scope="col">Result</th><th scope="col">Archive</th><th scope="col">Target</th>
<th scope="col">Compared</th><th scope="col">Took</th><th scope="col">Run</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>
</section>`
}

function failureOf({ outcome, errorCode, proof }: DrillEvidence): string {
  const differences =
    proof === null || proof.differences === 0 ? [] : [plural(proof.differences, 'difference')]
  const part = proof?.isOfPart ? ['of a part alone'] : []
  return [outcome ?? 'unreadable', ...part, ...(errorCode === null ? [] : [errorCode]), ...differences].join(
    ', ',
  )
}

const shownCounts = ['tables', 'rows', 'objects', 'functions', 'definitions'] as const

function comparedIn({ proof }: DrillEvidence): string {
  if (proof === null) return '–'
  const told = shownCounts.flatMap((what) => {
    const count = proof.counts[what]
    return count === undefined ? [] : [plural(count, what.slice(0, -1))]
  })
  return told.join(', ') || '–'
}

function exact(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`
}

function day(time: string): string {
  return time.slice(0, 10)
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter)
}

const style = `
:root { font: 14px/1.5 system-ui, sans-serif; color: #16201c; }
body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; } dt { color: #55635c; } dd { margin: 0; font-size: 1.2rem; font-weight: 600; }
section { break-inside: auto; } .sign { break-inside: avoid; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #d5ddd9; }
thead { display: table-header-group; } tr { break-inside: avoid; }
.number { text-align: right; white-space: nowrap; } .code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.line { height: 2.4rem; min-width: 18rem; } .sign th { width: 14rem; vertical-align: bottom; }
@page { margin: 16mm; }
`
