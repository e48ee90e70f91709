import { expect, it } from 'vitest'
import { joinDocuments } from '../../../src/components/join-documents.ts'

it('Documents of several components stand in one, beside what the command says itself', () => {
  const parts = [{ tables: 3 }, {}, { users: 2 }]
  expect(joinDocuments({ status: 'complete' }, parts)).toEqual({ status: 'complete', tables: 3, users: 2 })
})

it.each([
  ['of another component', {}, [{ users: 1 }, { users: 2 }]],
  ['of the command', { status: 'complete' }, [{ status: 'running' }]],
])('A document that would take the place of what is said under a name %s is refused', (_, own, parts) => {
  expect(() => joinDocuments(own, parts)).toThrow(TypeError)
})
