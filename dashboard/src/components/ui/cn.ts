import { type ClassValue, clsx } from 'clsx'
import { twMerge } from 'tailwind-merge'

/** Class names in one, the later ones winning. */
export function cn(...classes: ClassValue[]): string {
  return twMerge(clsx(classes))
}
