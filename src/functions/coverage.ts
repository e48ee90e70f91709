import type { CoverageKind } from '../coverage/kind.ts'

/** What the component holds, in the order of the coverage matrix. */
export const functionsCoverage: readonly CoverageKind[] = [
  {
    name: 'Edge functions: sources, shared files, import maps, static files',
    returns: 'Byte for byte under the same path; deployed where the target has them in another way.',
  },
  {
    name: 'Edge functions: name, entrypoint, import map, verify_jwt',
    returns:
      'As they were. Id, version and times are the target’s own. A self-hosted stack has one verify_jwt for all.',
  },
  {
    name: 'Secrets of edge functions: names and digests',
    files: ['functions/secrets.json'],
    returns:
      'Compared with the target’s; those that are not set there or have another value are named. A self-hosted stack tells of none.',
  },
  {
    name: 'Secrets of edge functions: values',
    files: ['functions/secrets.enc'],
    returns:
      'The platform does not give them out. Those in FUNCTION_SECRETS_FILE are set at a target that lacks them; with KEEP_FUNCTION_SECRETS they are in the backup, encrypted.',
  },
]
