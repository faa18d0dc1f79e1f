/** Goes on with a value: at once if it is there, else when it is. What is in memory costs no turn of waiting. */
export function goOn<Value, Result>(
  value: Value | Promise<Value>,
  next: (value: Value) => Result,
): Result | Promise<Awaited<Result>> {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<Result>>) : next(value)
}
