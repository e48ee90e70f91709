import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { settingsSchema } from '../../../src/config/variables.ts'
import { commands } from '../../../src/flags/commands.ts'
import { flagDocuments } from '../../../src/flags/documents.ts'
import { renderMan } from '../../../src/flags/man.ts'
import type { Command } from '../../../src/flags/table.ts'
import { renderUsage } from '../../../src/flags/usage.ts'
import { checkout } from '../../helpers/checkout.ts'
import { runCommand } from '../../helpers/command.ts'

const documents = await flagDocuments(checkout)

const tool: Command = {
  name: 'tool',
  summary: 'does one thing.',
  description: ['.hidden \\n is a file.'],
  verb: 'do',
  word: { name: 'ask', argument: 'WHAT...' },
  sections: [
    {
      title: 'What is done',
      flags: [
        { name: 'env-file', short: 'e', argument: { name: 'FILE', kind: 'file' }, text: 'the project' },
        { name: 'list', text: `lists ${'word '.repeat(20)}end` },
        { name: 'diff', argument: { name: 'OLD', kind: 'archive', second: 'NEW' }, text: 'compares' },
      ],
    },
  ],
  exitCodes: [
    { codes: [0], text: 'done' },
    { codes: [130, 143], text: 'interrupted' },
  ],
  environment: [{ name: 'HOME', text: 'The home directory.' }],
  files: [{ name: '~/.tool', text: 'Its file.' }],
  examples: [{ command: 'tool.sh --list', text: 'Lists.' }],
}

describe('a help text', () => {
  it('shows forms, flags in a column, and exit codes', () => {
    expect(renderUsage(tool)).toBe(`tool.sh: does one thing.

Usage: tool.sh [OPTION]... [ask WHAT...]

.hidden \\n is a file.

What is done:
  -e, --env-file FILE   the project
      --list            lists ${'word '.repeat(18).trim()}
                        word word end
      --diff OLD [NEW]  compares

Exit codes: 0 done, 130 and 143 interrupted.
`)
  })

  it('has no line of more than 120 characters', () => {
    for (const command of commands)
      expect(
        renderUsage(command)
          .split('\n')
          .filter((line) => line.length > 120),
      ).toEqual([])
  })
})

describe('what is made from the table of flags', () => {
  it.each([...documents])('%s is what `npm run generate` makes', async (path, content) => {
    expect(await readFile(join(checkout, path), 'utf8'), 'run npm run generate').toBe(content)
  })

  it('has no leftovers beside it', async () => {
    for (const directory of ['src/shell/flags', 'src/shell/usage', 'templates/man'])
      expect((await readdir(join(checkout, directory))).map((name) => join(directory, name)).sort()).toEqual(
        [...documents.keys()].filter((path) => path.startsWith(`${directory}/`)).sort(),
      )
  })
})

describe('manual pages', () => {
  const pages = [...documents].filter(([path]) => path.startsWith('templates/man/'))

  it('keep text that roff would take for a request or an escape', () => {
    expect(renderMan(tool, '1.0')).toContain('\n\\&.hidden \\en is a file.\n')
  })

  it.each(pages)('%s is rendered by man without a warning', async (path, content) => {
    const { code, stdout, stderr } = await runCommand('man', ['--warnings', '-l', join(checkout, path)], {
      env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', MANWIDTH: '100' },
    })
    expect({ code, stderr }, path).toEqual({ code: 0, stderr: '' })
    const headings = [...content.matchAll(/^\.SH (.+)$/gm)].map(([, heading]) => heading)
    expect(stdout.split('\n').filter((line) => /^[A-Z]{3}[A-Z ]*$/.test(line))).toEqual(headings)
  })

  it('of commands have every section that is looked for', () => {
    for (const [path, content] of pages.filter(([name]) => name.endsWith('.1')))
      expect(
        [...content.matchAll(/^\.SH (.+)$/gm)].map(([, heading]) => heading),
        path,
      ).toEqual([
        'NAME',
        'SYNOPSIS',
        'DESCRIPTION',
        'OPTIONS',
        'EXIT STATUS',
        'ENVIRONMENT',
        'FILES',
        'EXAMPLES',
        'SEE ALSO',
      ])
  })

  it('of the env file names every variable', () => {
    const page = documents.get('templates/man/supabase-backup.env.5')
    for (const name of Object.keys(settingsSchema.shape)) expect(page).toContain(`\\fB${name}\\fR`)
  })
})

describe('the completion for bash', () => {
  it('completes flags, files, and the projects that are configured', async () => {
    const config = await mkdtemp(join(tmpdir(), 'supabase-backup-completion-'))
    await mkdir(join(config, 'supabase-backup'))
    await writeFile(join(config, 'supabase-backup/shop.env'), '')
    const complete = async (...words: string[]) => {
      const script = `source ${join(checkout, 'templates/completion.bash')}
        COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
        _supabase_backup; printf '%s\\n' "\${COMPREPLY[@]}"`
      const env = { PATH: process.env['PATH'], XDG_CONFIG_HOME: config }
      const { stdout } = await runCommand('bash', ['-c', script], { env })
      return stdout.trim().split('\n')
    }
    expect(await complete('./backup.sh', '--ver')).toContain('--version')
    expect(await complete('install.sh', '--pur')).toEqual(['--purge'])
    expect(await complete('backup.sh', '--pur')).toEqual([''])
    expect(await complete('restore.sh', '--project', 'sh')).toEqual(['shop'])
    await rm(config, { recursive: true })
    expect(await complete('restore.sh', '--env-file', join(checkout, 'LICEN'))).toEqual([
      join(checkout, 'LICENSE'),
    ])
  })
})
