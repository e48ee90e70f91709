import { Check, Copy as CopyIcon } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button'

/** Something to be typed elsewhere, with a button that copies it. */
export function Code({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    )
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <span className="flex max-w-full items-start gap-1 rounded-md border bg-page pl-2.5">
      <code className="min-w-0 flex-1 whitespace-pre-wrap break-words py-1.5 font-mono text-[13px] [overflow-wrap:anywhere]">
        {text}
      </code>
      <Button
        variant="ghost"
        size="small"
        className="m-0.5"
        onClick={copy}
        aria-label={isCopied ? 'Copied' : `Copy ${text.split('\n', 1)}`}
      >
        {isCopied ? <Check /> : <CopyIcon />}
      </Button>
    </span>
  )
}
