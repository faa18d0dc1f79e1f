/** The package hides its own types; it has the ones of its parent. */
declare module 'better-sqlite3-multiple-ciphers' {
  import Database = require('better-sqlite3')
  export = Database
}
