/** A list of projects that somebody chose to import. */
export interface ImportFile {
  name: string
  format: 'csv' | 'json'
  text: string
  passphrase?: string
}
