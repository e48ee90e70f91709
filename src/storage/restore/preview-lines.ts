import { changeSigns, count, printable, section } from '../../common/preview-text.ts'
import { formatBytes, plural } from '../../common/units.ts'
import type { StoragePreview } from './preview.ts'

/**
 * What becomes of Storage, in lines.
 * @param keepExtra whether what the backup does not have stays
 */
export function storageLines(preview: StoragePreview, keepExtra: boolean, limit: number): string[] {
  const { bucketsToCreate, bucketsToChange, bucketsToRemove, examples } = preview
  const some = (sign: string, names: readonly string[], total: number) => {
    const listed = names.slice(0, limit)
    const more = total - listed.length
    return [...listed.map((name) => `${sign} ${name}`), ...(more > 0 ? [`  and ${count(more)} more`] : [])]
  }
  return [
    '',
    `Storage: made equal; ${plural(preview.objectsSame, 'object')} ${preview.objectsSame === 1 ? 'is' : 'are'} so already`,
    ...section('Buckets', [
      ...bucketsToCreate.map((id) => `${changeSigns.create} ${id}`),
      ...bucketsToChange.map(({ id, attributes }) => `${changeSigns.change} ${id}: ${attributes.join(', ')}`),
      ...(keepExtra ? [] : bucketsToRemove.map((id) => `${changeSigns.drop} ${id}`)),
    ]),
    ...section(
      `To send: ${plural(preview.objectsToSend, 'object')}, ${formatBytes(preview.bytesToSend)}`,
      some(changeSigns.create, examples.send, preview.objectsToSend),
    ),
    ...section(
      `To rewrite where they are, as only their metadata differs: ${plural(preview.objectsToRewrite, 'object')}`,
      some(changeSigns.change, examples.rewrite, preview.objectsToRewrite),
    ),
    ...(keepExtra
      ? []
      : section(
          `To remove, as the backup does not have them: ${plural(preview.objectsToRemove, 'object')}`,
          some(changeSigns.drop, examples.remove, preview.objectsToRemove),
        )),
    ...(preview.objectsWithoutBytes === 0
      ? []
      : [
          `  ${plural(preview.objectsWithoutBytes, 'object')} of the backup ${preview.objectsWithoutBytes === 1 ? 'has' : 'have'} no bytes to bring`,
        ]),
  ].map(printable)
}
