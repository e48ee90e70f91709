import { z } from 'zod'

/** A group or a tag, as people type it. */
export const labelSchema = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(60, 'may have 60 characters at most')
  .regex(/^[^\p{C},]+$/u, 'may not have commas in it')
