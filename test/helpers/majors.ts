/** The majors of the hosted platform. */
export const majors = [15, 17] as const
