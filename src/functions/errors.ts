/** That there is nothing to be had of one function, while the API serves; in a clause. */
export class NoSources extends Error {
  override readonly name = 'NoSources'
}

/** That a function cannot be deployed as it is, while others can; in a clause. */
export class NotDeployable extends Error {
  override readonly name = 'NotDeployable'
}
