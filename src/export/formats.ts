/** How an export writes rows; what has none is written as it is. */
export const exportFormats = ['sql', 'json', 'csv'] as const
export type ExportFormat = (typeof exportFormats)[number]
