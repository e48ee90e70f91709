import { createStart } from '@tanstack/react-start'

/** The server sends the frame of a page alone: what is in it takes a session, which the browser shows with each call. */
export const startInstance = createStart(() => ({ defaultSsr: false }))
