import type { Outputs } from '~/client/client'

export type RemovedProject = Outputs['projects']['removed'][number]
