import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { usage } from '../../src/server/cli/arguments.ts'
import { shownSettingsSchema } from '../../src/server/services/settings.ts'

const shownSchema = z.object({
  properties: z.record(
    z.string(),
    z.object({
      type: z.string(),
      description: z.string(),
      default: z.unknown(),
      minimum: z.number().optional(),
      maximum: z.number().optional(),
      maxLength: z.number().optional(),
    }),
  ),
})

/** The page of reference, made from what the dashboard takes. */
function settingsPage(): string {
  const { properties } = shownSchema.parse(z.toJSONSchema(shownSettingsSchema, { io: 'input' }))
  const rows = Object.entries(properties).map(
    ([name, { type, description, default: standard, ...bounds }]) => {
      const { minimum, maximum, maxLength } = bounds
      const kind =
        maximum !== undefined
          ? `${minimum} to ${maximum}`
          : maxLength
            ? `at most ${maxLength} characters`
            : type
      return `| \`${name}\` | ${kind} | \`${JSON.stringify(standard)}\` | ${description} |`
    },
  )
  return `# Settings of the dashboard

Of the [dashboard](../how-to/dashboard.md) itself; those of a project are in its [env file](configuration.md). Made from what it takes by
its tests.

## Where it serves

Given when it starts, by a flag or by the variable in brackets. The variable \`TRUST_PROXY\` names the proxies whose \`X-Forwarded-For\` is
believed: \`loopback\`, or addresses with commas between; without it, none.

\`ALERTS_PROXY\` names a proxy that alerts to \`https:\` addresses go through where it is the only way out: \`http://proxy.example.com:3128\`,
perhaps with \`user:password@\` ([what is refused then](../how-to/dashboard-schedules.md#alerts-by-a-proxy)). It is given here alone and on no screen,
as whoever sets it can have alerts led anywhere. \`HTTPS_PROXY\` counts for runs that are started, not for alerts.

\`\`\`text
${usage.trim()}
\`\`\`

## What admins set

On its screen *Settings*. They hold at once.

| setting | value | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}

describe('the settings of the dashboard', () => {
  test('stand on their page', async () => {
    await expect(settingsPage()).toMatchFileSnapshot('../../../docs/reference/dashboard-settings.md')
  })
})
