import { saveFile } from '~/client/save-file'
import { Button } from '../ui/button'

/** Codes for who has lost the app, shown once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  return (
    <div className="stack gap-4" role="status">
      <p>
        Keep these codes where your phone is not. Each lets you in once, in the place of a code of your app,
        and they are not shown again.
      </p>
      <ul className="grid max-w-sm grid-cols-2 gap-x-6 gap-y-1 rounded-md border bg-page p-3 font-mono text-[13px]">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" onClick={onDone}>
          I have them
        </Button>
        <Button onClick={() => saveFile(`${codes.join('\n')}\n`, 'recovery-codes.txt')}>
          Save as a file
        </Button>
      </div>
    </div>
  )
}
