import { setFlagsFromString } from 'node:v8'

// V8 would optimise the parser's one enormous function after a call or two, in the background: half a gigabyte of memory
// and a second of CPU time, for statements that are few and short. It takes both flags, before the module is compiled.
setFlagsFromString('--no-wasm-tier-up')
setFlagsFromString('--no-wasm-dynamic-tiering')

/** PostgreSQL's own parser. */
export const { parse } = await import('libpg-query')
