import type { Outputs } from '~/client/client'

export type Schedule = Outputs['schedules']['list'][number]
export type Role = NonNullable<Outputs['session']['state']['user']>['role']
