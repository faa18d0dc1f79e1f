/**
 * The one form of a password that is judged, hashed and compared: Unicode normalization form C (UAX #15), so that é
 * typed on one keyboard is é typed on another. Nothing else is changed, spaces and U+0000 included. The form is pinned:
 * Unicode keeps it stable for all assigned characters, and any other would lock people out.
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFC')
}
