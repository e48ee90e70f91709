import { useSyncExternalStore } from 'react'

/** Whether an answer said that the session has ended, for somebody who had signed in. */
export const signedOut = createFlag()

export function useSignedOut(): boolean {
  return useSyncExternalStore(signedOut.listen, signedOut.get, () => false)
}

function createFlag() {
  let isSet = false
  const listeners = new Set<() => void>()
  return {
    get: () => isSet,
    set(value: boolean) {
      isSet = value
      for (const listener of listeners) listener()
    },
    listen(listener: () => void) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}
