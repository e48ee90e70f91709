import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { componentNames } from '../../../src/components/list.ts'
import { settingsSchema } from '../../../src/config/variables.ts'
import { commands } from '../../../src/flags/commands.ts'
import { flagDocuments } from '../../../src/flags/documents.ts'
import { renderMan } from '../../../src/flags/man.ts'
import { type Command, flagsOf } from '../../../src/flags/table.ts'
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
        { name: 'long-by-itself', argument: { name: 'VALUE', kind: 'free' }, text: 'does' },
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
      --list            lists ${'word '.repeat(10).trim()}
                        ${'word '.repeat(10)}end
      --diff OLD [NEW]  compares
      --long-by-itself VALUE
                        does

Exit codes: 0 done, 130 and 143 interrupted.
`)
  })

  it('has no line of more than 80 characters', () => {
    for (const command of commands)
      expect(
        renderUsage(command)
          .split('\n')
          .filter((line) => line.length > 80),
      ).toEqual([])
  })
})

describe('what is made from the table of flags', () => {
  it.each([...documents])('%s is what `npm run generate` makes', async (path, content) => {
    expect(await readFile(join(checkout, path), 'utf8'), 'run npm run generate').toBe(content)
  })

  it('has no leftovers beside it', async () => {
    for (const directory of ['src/shell/flags', 'src/shell/usage', 'templates/man', 'templates/completion'])
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

describe('completion', () => {
  const lists = [
    ['backup.sh --skip database,', componentNames.map((name) => `database,${name}`)],
    ['restore.sh --format=sql,j', ['sql,json']],
  ] as const

  it('for bash completes flags, files, words, and what is configured and archived', async () => {
    const home = await mkdtemp(join(tmpdir(), 'supabase-backup-completion-'))
    const strange = '$(touch strange)'
    for (const name of ['shop', 'store', strange]) {
      await mkdir(join(home, 'config/supabase-backup'), { recursive: true })
      await writeFile(join(home, 'config/supabase-backup', `${name}.env`), '')
      await mkdir(join(home, 'state/supabase-backup', name), { recursive: true })
      await writeFile(join(home, 'state/supabase-backup', name, 'archives'), `${name}-1\n${name}-2\n`)
    }
    const complete = async (line: string) => {
      // As Bash takes a line apart: a sign of equality is a word of its own.
      const words = line.split(' ').flatMap((word) => word.split(/(=)/).filter((part) => part !== ''))
      if (/[ =]$/.test(line)) words.push('')
      const script = `source '${join(checkout, 'templates/completion/supabase-backup.bash')}'
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _supabase_backup; printf '%s\\n' "\${COMPREPLY[@]}"`
      const env = {
        PATH: process.env['PATH'],
        XDG_CONFIG_HOME: join(home, 'config'),
        XDG_STATE_HOME: join(home, 'state'),
      }
      const { code, stdout, stderr } = await runCommand('bash', ['--norc', '-c', script, 'bash', ...words], {
        env,
        cwd: home,
      })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout.trimEnd().split('\n')
    }
    expect(await complete('./backup.sh --ver')).toContain('--version')
    expect(await complete('install.sh --pur')).toEqual(['--purge'])
    expect(await complete('backup.sh --pur')).toEqual([''])
    expect(await complete('backup.sh bo')).toEqual(['borg'])
    expect(await complete('restore.sh --project sh')).toEqual(['shop'])
    expect(await complete('restore.sh --target=')).toEqual(expect.arrayContaining(['test', 'shop', 'store']))
    expect(await complete('restore.sh -p shop --archive ')).toEqual([
      'latest',
      'Local',
      'Extract',
      'shop-1',
      'shop-2',
    ])
    expect(await complete('backup.sh --project=store --delete ')).toEqual(['store-1', 'store-2'])
    expect(await complete('restore.sh --env-file st')).toEqual(['state'])
    expect(await complete('restore.sh --schema ')).toEqual([''])
    for (const [line, expected] of lists) expect(await complete(line)).toEqual(expected)
    expect(await readdir(home)).not.toContain('strange')
    await rm(home, { recursive: true })
  })

  it('for fish and zsh names every flag of each command', () => {
    for (const command of commands) {
      const fish = documents.get(`templates/completion/${command.name}.sh.fish`) ?? ''
      const [, zsh = ''] = (documents.get('templates/completion/_supabase-backup') ?? '').split(
        `  ${command.name}.sh)\n`,
      )
      const [arm = ''] = zsh.split(';;')
      for (const { name, short } of flagsOf(command)) {
        expect(fish).toMatch(new RegExp(`^complete -c ${command.name}\\.sh .*-l ${name} `, 'm'))
        expect(arm).toMatch(new RegExp(`[)*]--${name}[=[]`))
        if (short !== undefined) expect(arm).toMatch(new RegExp(`[)*]-${short}[+[]`))
      }
    }
  })

  it.each([
    ['fish', '--no-execute', 'templates/completion/backup.sh.fish'],
    ['fish', '--no-execute', 'templates/completion/restore.sh.fish'],
    ['zsh', '-n', 'templates/completion/_supabase-backup'],
  ])('is what %s can read, where it is installed', async (shell, flag, file) => {
    const { code, stderr } = await runCommand('sh', [
      '-c',
      'command -v "$1" >/dev/null || exit 0; "$@"',
      'sh',
      shell,
      flag,
      join(checkout, file),
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})
