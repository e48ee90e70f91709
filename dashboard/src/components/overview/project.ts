import type { Outputs } from '~/client/client'

export type Project = Outputs['projects']['list'][number]
