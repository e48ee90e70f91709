import type { Outputs } from '~/client/client'

export type RunDetails = Outputs['runs']['get']
