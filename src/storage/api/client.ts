import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../http/client.ts'
import { errorOfAnswer } from './error.ts'

/** A Storage API and the key that may read and write all of it. */
export interface StorageEndpoint {
  /** `https://<ref>.supabase.co/storage/v1`, or a bare storage server's root. */
  url: string
  serviceRoleKey: string
}

export interface StorageClientOptions extends Omit<HttpClientOptions, 'url' | 'headers' | 'errorOfAnswer'> {
  endpoint: StorageEndpoint
}

/** A key as a path: each segment encoded by itself, since storage-js's own encoding loses `?` and `%`. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}

export function createStorageClient({ endpoint, ...options }: StorageClientOptions): HttpClient {
  const { url, serviceRoleKey } = endpoint
  const headers = { authorization: `Bearer ${serviceRoleKey}`, apikey: serviceRoleKey }
  return createHttpClient({ ...options, url, headers, errorOfAnswer })
}
