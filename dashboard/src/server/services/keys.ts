import { type KeyFile, newKey } from '../crypto/key-file.ts'
import type { Sealer } from '../crypto/seal.ts'
import { keyIdsInUse, sealedTexts } from '../crypto/sealed-fields.ts'
import type { Database } from '../db/open.ts'
import { Problem } from '../problem.ts'

/** The key that secrets are sealed with: whether all can be opened, and putting another in its place. */
export function keysOf(parts: { database: Database; file: KeyFile; sealer: Sealer }) {
  const { database, file, sealer } = parts

  /** Seals what another key has sealed anew, and lets go of keys that nothing is sealed with. @returns how many were sealed anew */
  const sealAnew = (): number => {
    let sealed = 0
    database.transaction(() => {
      for (const { text, place, replace } of sealedTexts(database)) {
        if (text.split('.')[1] === sealer.keyId()) continue
        replace(sealer.seal(sealer.open(text, place), place))
        sealed += 1
      }
    })
    const used = keyIdsInUse(database)
    const [first, ...others] = file.read()
    if (first !== undefined && !file.isCredential) {
      const needed = others.filter(({ id }) => used.has(id))
      if (needed.length < others.length) file.write([first, ...needed])
    }
    sealer.reload()
    return sealed
  }

  const broken = () =>
    sealedTexts(database).filter(({ text, place }) => {
      try {
        sealer.open(text, place)
        return false
      } catch (error) {
        if (error instanceof Problem) return true
        throw error
      }
    })

  return {
    state: () => ({
      keyId: sealer.keyId() ?? null,
      file: file.path,
      isCredential: file.isCredential,
      sealed: sealedTexts(database).length,
      /** Places whose secrets cannot be opened. */
      broken: broken().map(({ place }) => place),
    }),

    /** Goes on with a change of the key that was cut off. */
    finishRotation(): void {
      if (sealer.keyIds().length > 1) sealAnew()
    },

    /**
     * A new key, with which everything is sealed anew. Until that is done both are in the file: cut off at any time, nothing is lost.
     * @throws Problem KEY_NOT_OURS, KEY_MISSING, SEAL_BROKEN; then all is as before
     */
    rotate(): { sealed: number } {
      if (sealer.keyId() === undefined) sealer.seal('', '')
      const before = file.read()
      const [lost] = broken()
      // Sealed anew would be all but these, and their key would be thought to be of no use.
      if (lost !== undefined) sealer.open(lost.text, lost.place)
      file.write([newKey(), ...before])
      sealer.reload()
      return { sealed: sealAnew() }
    },

    /** Where the key is lost for good: a new one, and what it cannot open is taken away. @returns the places of what is to be set anew */
    replaceLost(): string[] {
      if (file.read().length === 0) file.write([newKey()])
      sealer.reload()
      const lost = broken()
      for (const { replace } of lost) replace(null)
      return [...new Set(lost.map(({ place }) => place))]
    },
  }
}
