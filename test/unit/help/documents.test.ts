import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { helpDocuments } from '../../../src/help/documents.ts'
import { renderMan } from '../../../src/help/man.ts'
import { parseUsage, readUsages } from '../../../src/help/usage.ts'
import { checkout } from '../../helpers/checkout.ts'
import { runCommand } from '../../helpers/command.ts'

const text = `tool.sh: does one thing.

Usage: tool.sh [OPTION]...
       tool.sh --list

What it is for,
in two lines.

What is done:
  -e, --env-file FILE    the project
      --list             lists, in a text
                         of two lines
      --long-option-without-room
                         says so here

Exit codes: 0 done.
`

describe('a help text', () => {
  it('is taken apart into summary, forms, paragraphs and options', () => {
    expect(parseUsage(text)).toEqual({
      script: 'tool.sh',
      summary: 'does one thing.',
      synopsis: ['tool.sh [OPTION]...', 'tool.sh --list'],
      paragraphs: ['What it is for, in two lines.', 'Exit codes: 0 done.'],
      sections: [
        {
          title: 'What is done',
          options: [
            { flags: ['-e', '--env-file'], argument: 'FILE', text: 'the project' },
            { flags: ['--list'], argument: undefined, text: 'lists, in a text of two lines' },
            { flags: ['--long-option-without-room'], argument: undefined, text: 'says so here' },
          ],
        },
      ],
    })
  })

  it('with a line in no known form is refused', () => {
    expect(() => parseUsage(text.replace('  -e, --env-file', '   * env-file'))).toThrow('* env-file')
  })

  it('names every flag that the script knows, and no other', async () => {
    for (const { script, sections } of await readUsages(checkout)) {
      const documented = sections.flatMap(({ options }) => options.flatMap(({ flags }) => flags))
      const source = await readFile(join(checkout, script), 'utf8')
      const patterns = source.match(/^ +-[\w-]+(?: \| -[\w-]+)*\)/gm) ?? []
      const known = patterns.flatMap((pattern) => pattern.match(/-{1,2}[a-z][\w-]*/g) ?? [])
      expect([...new Set(known)].sort(), script).toEqual(documented.sort())
    }
  })
})

describe('manual pages and completion', () => {
  it('are what `npm run generate` makes of the help texts', async () => {
    for (const [path, content] of await helpDocuments(checkout))
      expect(await readFile(join(checkout, path), 'utf8'), `${path}: run npm run generate`).toBe(content)
  })

  it('keep text that roff would take for a request or an escape', () => {
    const usage = parseUsage(text.replace('What it is for,', '.hidden \\n is a file,'))
    expect(renderMan(usage, '1.0', [])).toContain('\n\\&.hidden \\en is a file, in two lines.\n')
  })

  it('are rendered by man without a warning', async () => {
    for (const [path] of await helpDocuments(checkout)) {
      if (!path.endsWith('.1')) continue
      const { code, stdout, stderr } = await runCommand('man', ['--warnings', '-l', join(checkout, path)], {
        env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', MANWIDTH: '100' },
      })
      expect({ code, stderr }, path).toEqual({ code: 0, stderr: '' })
      expect(stdout).toContain('SYNOPSIS')
    }
  })

  it('complete flags, files, and the projects that are configured', async () => {
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
