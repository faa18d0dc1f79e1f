/** As much of Express as the tests of its middleware use: 5 and 4 alike. */
interface ExpressApp {
  use(handler: unknown): void
  get(path: string, ...handlers: unknown[]): void
  post(path: string, ...handlers: unknown[]): void
  listen(port: number, host: string, callback: () => void): import('node:http').Server
}

declare module 'express' {
  function express(): ExpressApp
  namespace express {
    function json(): unknown
  }
  export = express
}

declare module 'express-4' {
  function express(): ExpressApp
  namespace express {
    function json(): unknown
  }
  export = express
}
