import { z } from 'zod'

export const themeSchema = z.enum(['system', 'light', 'dark'])
export type Theme = z.infer<typeof themeSchema>

/** The theme that was chosen in this browser; public/theme.js sets it before anything is painted. */
export function themeOf(): Theme {
  if (typeof localStorage === 'undefined') return 'system'
  return themeSchema.catch('system').parse(localStorage.getItem('theme') ?? 'system')
}

export function setTheme(theme: Theme): void {
  if (theme === 'system') {
    localStorage.removeItem('theme')
    delete document.documentElement.dataset['theme']
  } else {
    localStorage.setItem('theme', theme)
    document.documentElement.dataset['theme'] = theme
  }
}
