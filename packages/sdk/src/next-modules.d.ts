// As much of Next.js as the SDK uses. Who has no Next.js never comes to where it is imported.

declare module 'next/headers' {
  function headers(): Promise<Headers> | Headers
}

declare module 'next/navigation' {
  function redirect(url: string): never
}

declare module 'next/server' {
  const NextResponse: {
    next(init: { readonly request: { readonly headers: Headers } }): Response
  }
}
