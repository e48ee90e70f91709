import { expect, test } from 'vitest'
import { asTyped } from '../../src/server/services/as-typed.ts'

test.each([
  ['Type: backup.sh --project shop', 'Type: ./backup.sh --project shop'],
  [
    'Mend it, then type: restore.sh --project a --test -y',
    'Mend it, then type: ./restore.sh --project a --test -y',
  ],
  ['./install.sh and /opt/x/install.sh stay', './install.sh and /opt/x/install.sh stay'],
  ['my-backup.sh is another’s, as is backup.shop', 'my-backup.sh is another’s, as is backup.shop'],
])('a command is named as it is typed: %s', (text, typed) => {
  expect(asTyped(text)).toBe(typed)
})
