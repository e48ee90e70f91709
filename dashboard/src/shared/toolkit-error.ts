/** An error of the toolkit as reports and answers have it. */
export interface ToolkitError {
  code: string
  message: string
  detail: string | null
  suggestion: string
  phase: string
}
