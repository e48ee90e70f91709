/**
 * A title with why the test, or all those below it, are skipped here: the same that its `skipIf` is given. `.ci/run` prints
 * them in the end.
 */
export function unless(reason: string | false | undefined, title: string): string {
  return reason ? `${title} [skipped: ${reason}]` : title
}
