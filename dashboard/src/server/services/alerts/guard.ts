import { isInsideAddress, isRefusedAddress } from '../project/addresses.ts'

/** How far messages may go. */
export interface Limits {
  /** To this machine and private networks. */
  mayGoInside: boolean
  timeoutMs: number
  /** What `https:` goes through on its way out, of whoever runs the dashboard and never of who uses it. */
  proxy?: URL | undefined
}

/** An address that nothing is sent to. */
export class AddressRefused extends Error {}

/** @throws AddressRefused */
export function requireAddress(address: string, { mayGoInside }: Pick<Limits, 'mayGoInside'>): void {
  if (isRefusedAddress(address)) throw new AddressRefused(`${address} is an address that nothing is sent to.`)
  if (!mayGoInside && isInsideAddress(address))
    throw new AddressRefused(
      `${address} is of this machine or a private network. An admin lets alerts go there under Settings.`,
    )
}
