import { CalendarClock } from 'lucide-react'

/** Screens besides the overview, as the header, the menu of a phone and the palette offer them. */
export const screens = [{ to: '/schedules', name: 'Schedules', icon: CalendarClock }] as const
