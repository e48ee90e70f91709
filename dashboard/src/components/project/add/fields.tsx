import { useState } from 'react'
import { Button } from '../../ui/button'
import { Code } from '../../ui/copy'
import { Field } from '../../ui/field'
import { SettingField } from '../settings/setting-field'
import type { AddDraft, Part } from './draft'

/** What is asked for in the steps, and so not again below. */
export const accessNames = ['SUPABASE_ACCESS_TOKEN', 'SUPABASE_DB_URL', 'SUPABASE_SERVICE_ROLE_KEY']
export const repositoryNames = ['BORG_REPO', 'BORG_PASSPHRASE']

/** A hosted project has a reference, a self-hosted one an address. */
export function IdentityFields({ part, onChange }: { part: Part; onChange: (draft: AddDraft) => void }) {
  const { draft, problems } = part
  return (
    <>
      <Field
        label="Name"
        name="name"
        hint="For its archives and here: letters, digits, dots, dashes and underscores."
        problem={problems['name']}
        placeholder="shop"
        autoComplete="off"
        spellCheck={false}
        required
        value={draft.name}
        onChange={({ currentTarget }) => onChange({ ...draft, name: currentTarget.value })}
      />
      <fieldset className="grid gap-2">
        <legend className="mb-1.5 font-medium">Where does it run?</legend>
        {[
          { isHosted: true, word: 'On supabase.com' },
          { isHosted: false, word: 'Self-hosted' },
        ].map(({ isHosted, word }) => (
          <label key={word} className="flex items-center gap-2.5">
            <input
              type="radio"
              name="hosted"
              className="size-4 accent-accent"
              checked={draft.isHosted === isHosted}
              onChange={() => onChange({ ...draft, isHosted })}
            />
            {word}
          </label>
        ))}
      </fieldset>
      {draft.isHosted ? (
        <Setting
          part={part}
          name="SUPABASE_PROJECT_REF"
          label="Project reference"
          hint="The 20 letters in its dashboard address."
        />
      ) : (
        <>
          <Setting
            part={part}
            name="SUPABASE_URL"
            label="Address of its API"
            hint="Such as https://api.example.com"
          />
          <Setting
            part={part}
            name="SUPABASE_STORAGE_URL"
            label="Address of its Storage API"
            hint="Only where it is another than the API’s address with /storage/v1."
          />
        </>
      )}
    </>
  )
}

/** The ways to the database, to Storage, and to what is outside of both. */
export function AccessFields({ part }: { part: Part }) {
  const { isHosted } = part.draft
  return (
    <>
      {isHosted && (
        <Setting
          part={part}
          name="SUPABASE_ACCESS_TOKEN"
          label="Access token"
          hint="From Account, Access Tokens. With it functions and settings are backed up too, and the two below need not be known."
        />
      )}
      <Setting
        part={part}
        name="SUPABASE_DB_URL"
        label="Connection string, with the password"
        hint={
          isHosted
            ? 'Of the session pooler: Connect, port 5432, never 6543.'
            : 'Of PostgreSQL, or of the pooler’s session port as postgres.TENANT.'
        }
      />
      <Setting
        part={part}
        name="SUPABASE_SERVICE_ROLE_KEY"
        label="Secret API key"
        hint={
          isHosted
            ? 'Project Settings, API Keys: sb_secret_… or service_role.'
            : 'SERVICE_ROLE_KEY of its .env.'
        }
      />
    </>
  )
}

/** 192 bits, in characters that survive every env file, shell and keyboard. */
function newPassphrase(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** Where archives go, and what they are encrypted with. */
export function RepositoryFields({ part }: { part: Part }) {
  const [made, setMade] = useState<string>()
  const make = () => {
    const passphrase = newPassphrase()
    setMade(passphrase)
    part.set('BORG_PASSPHRASE', passphrase)
  }
  return (
    <>
      <Setting
        part={part}
        name="BORG_REPO"
        label="Borg repository"
        hint="A directory of this machine, or ssh://user@host/path. The first backup makes it."
      />
      <div className="stack gap-2">
        <Setting
          part={part}
          name="BORG_PASSPHRASE"
          label="Its passphrase"
          hint="Without it no archive can ever be read: keep a copy elsewhere."
        />
        {made === undefined || part.draft.values['BORG_PASSPHRASE'] !== made ? (
          <Button size="small" className="justify-self-start" onClick={make}>
            Make a strong one
          </Button>
        ) : (
          <>
            <p>This is shown once. Keep it where you keep such things:</p>
            <Code text={made} />
          </>
        )}
      </div>
    </>
  )
}

function Setting({ part, name, label, hint }: { part: Part; name: string; label: string; hint: string }) {
  return (
    <SettingField
      variable={part.variable(name)}
      label={label}
      hint={hint}
      value={part.draft.values[name] ?? ''}
      problem={part.problems[name]}
      onChange={(value) => part.set(name, value)}
    />
  )
}
