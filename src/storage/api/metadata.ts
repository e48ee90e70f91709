import { z } from 'zod'
import { type HttpClient, jsonExchange } from '../../http/client.ts'
import { type Attributes, userMetadataHeader } from '../restore/attributes.ts'

/**
 * Gives an object other metadata by copying it onto itself within the service: no bytes are sent, but a new version is
 * made. The one way to set a content type or cache control that no header of an upload can carry. User metadata too
 * large for a header is dropped by this; SQL sets it afterwards.
 */
export async function rewriteMetadata(
  client: HttpClient,
  bucket: string,
  key: string,
  wanted: Attributes,
): Promise<void> {
  const exchange = jsonExchange('POST', '/object/copy', {
    bucketId: bucket,
    sourceKey: key,
    destinationKey: key,
    copyMetadata: false,
    metadata: { cacheControl: wanted.cacheControl, mimetype: wanted.mimetype },
  })
  const userMetadata = userMetadataHeader(wanted)
  await client.call(
    {
      ...exchange,
      headers: {
        ...exchange.headers,
        'x-upsert': 'true',
        ...(userMetadata !== undefined && { 'x-metadata': userMetadata }),
      },
    },
    z.unknown(),
  )
}
