import type { Outputs } from '~/client/client'

export type ProjectDetails = Outputs['projects']['get']
