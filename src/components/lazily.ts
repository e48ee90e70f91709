/**
 * A function of a module that is loaded when it is first called: the objects of the components are light, as every command loads
 * all of them.
 * @param load `() => import('./preflight.ts')`
 */
export function lazily<Module, Args extends unknown[], Result>(
  load: () => Promise<Module>,
  pick: (module: Module) => (...args: Args) => Result | Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => pick(await load())(...args)
}
