/** One attack that a Gatehouse must survive. */
export interface Case {
  readonly name: string
  /** What of it no test shows yet, and why. Without tests it is not in scope, with some it is in scope in part. */
  readonly missing?: string
}

export interface Group {
  readonly title: string
  readonly cases: Readonly<Record<string, Case>>
}

/** A case whose tests show all of it. */
function shown(name: string): Case {
  return { name }
}

function lacking(name: string, missing: string): Case {
  return { name, missing }
}

const noFeature = (feature: string) => `there ${feature} yet`

/**
 * The attack catalogue. A test whose title begins with numbers of it ("033 039 the limits …") shows that these cases
 * are survived. Numbers that are missing here are reserved.
 */
export const catalogue: Readonly<Record<string, Group>> = {
  A: {
    title: 'Request signing',
    cases: {
      '001': shown('the classic scheme, as PHP writes it'),
      '002': shown('signature, timestamp or client id left out'),
      '003': shown('one bit changed'),
      '004': shown('other spellings of the signature'),
      '005': shown('a signature cut, stretched or not hex'),
      '006': shown('another algorithm'),
      '007': shown('a timestamp out of range'),
      '008': shown('a signed request sent twice'),
      '012': shown('signature headers that come twice'),
      '013': shown('path, query, method or authority changed'),
      '014': shown('a signature that covers too little'),
      '015': shown('the body changed under its digest'),
      '016': shown('several signatures at once'),
      '017': shown('a signature ended, from the future, or its nonce used'),
      '018': shown('a client moved down to a weaker scheme'),
      '020': shown('the body in another coding'),
      '022': shown('the time that a comparison takes'),
    },
  },
  B: {
    title: 'Addresses and proxies',
    cases: {
      '023': shown('a call from an unlisted address'),
      '024': shown('headers that name a listed address'),
      '025': shown('a forwarding header filled in by the caller'),
      '026': shown('a forwarding header that cannot be understood'),
      '027': shown('other spellings of an address'),
      '029': shown('unknown client or wrong address'),
      '031': shown('an address taken off the list, on an open connection'),
      '032': shown('the list of one client used by another'),
    },
  },
  C: {
    title: 'Rate limits',
    cases: {
      '033': shown('one request too many in a minute'),
      '035': shown('many addresses of one IPv6 network'),
      '036': shown('many spellings of one address'),
      '037': shown('many spellings of one path'),
      '039': shown('the same limit at two processes'),
      '040': shown("one client's flood, another client's wait"),
      '041': shown('a flood of what is refused'),
    },
  },
  D: {
    title: 'Lockout',
    cases: {
      '042': shown('five wrong passwords'),
      '043': shown('the end of a lock'),
      '044': shown('many spellings of one account'),
      '045': shown('every way in while the account is locked'),
      '046': shown('a lock lifted by a person'),
      '047': shown('an owner locked out by a stranger'),
    },
  },
  E: {
    title: 'Sign-in: what it gives away',
    cases: {
      '051': shown('why a sign-in failed, by its answer'),
      '052': shown('who is registered, by registration and reset'),
      '053': shown('why a sign-in failed, by its time'),
      '054': shown('passwords of every form'),
      '055': shown('a half-finished sign-in used as a whole one'),
      '057': shown('the password reset of another user'),
      '058': shown('links made from a forged host'),
      '059': shown('steps out of order'),
      '061': shown('passwords that everybody uses'),
    },
  },
  F: {
    title: 'TOTP and counting of attempts',
    cases: {
      '062': shown('a code used twice'),
      '063': shown('codes early and late'),
      '066': shown('guesses spread over sessions, sources and factors'),
      '068': shown('an enrolment guessed, or left lying'),
      '069': shown('codes of every other form'),
      '070': shown('a factor removed, its codes used'),
      '072': shown('a clock that steps back'),
      '073': shown('one factor taken for two'),
      '074': shown('two of a kind taken for two factors'),
    },
  },
  G: {
    title: 'HOTP and key links',
    cases: {
      '075': shown('codes ahead and behind'),
      '076': shown('a token out of step'),
      '077': shown('codes in the wrong order, or a hundred times'),
      '078': shown('counters beyond 32, 53 and 63 bits'),
      '079': shown('names that break the link of a key'),
    },
  },
  H: {
    title: 'Codes by SMS and e-mail',
    cases: {
      '080': shown('a code that is too late'),
      '081': shown('a code used twice'),
      '082': shown('the code before the last one'),
      '083': shown('a code guessed'),
      '084': shown('a code used for something else'),
      '085': shown('an address that nobody has proven'),
      '087': shown('an address that is two'),
      '088': shown('a flood of messages'),
      '089': shown('a mail server or an SMS provider that is down'),
    },
  },
  I: {
    title: 'WebAuthn',
    cases: {
      '090': shown('the test vectors of the standard'),
      '091': shown('a challenge used again or elsewhere'),
      '092': shown('another origin'),
      '093': shown('another relying party or ceremony'),
      '094': shown('a user absent or not verified'),
      '095': shown('a ceremony in a foreign frame'),
      '096': shown('malformed signatures'),
      '097': shown('confused algorithms, malformed keys'),
      '098': shown('a counter that does not rise'),
      '099': shown('an attestation that nobody vouches for'),
    },
  },
  J: {
    title: 'Push approval',
    cases: {
      '103': shown('approval without the number'),
      '104': shown('approval late, twice, or by another device'),
      '105': shown('approval by another session or user'),
      '106': shown('a flood of requests'),
      '107': shown('what follows a "not me"'),
    },
  },
  K: {
    title: 'Recovery codes',
    cases: {
      '110': shown('a code used twice'),
      '111': shown('codes shown twice'),
      '112': shown('many spellings of one code'),
      '113': shown('a code of the set before'),
      '114': shown('codes guessed, at our cost'),
      '115': shown('what a recovery session may do'),
      '116': shown('the notice that a code was used'),
    },
  },
  L: {
    title: 'Sessions and tokens',
    cases: {
      '118': shown('a session fixed before sign-in'),
      '119': shown('two users in one browser'),
      '120': shown('a token after sign-out'),
      '121': shown('sessions of a user disabled, locked or changed'),
      '122': shown('sessions at the end of their time'),
      '123': shown('a token with another algorithm'),
      '124': shown('a key id that leads elsewhere'),
      '125': shown('a token that brings its own key'),
      '126': shown('other spellings of a token'),
      '127': shown('claims that we never make'),
      '129': shown('a refresh token used twice'),
      '131': shown('a refresh token of another client'),
      '133': lacking('a token bound to a key', noFeature('is no DPoP')),
      '134': shown('a token of another tenant'),
    },
  },
  M: {
    title: 'Step-up',
    cases: {
      '135': shown('a sensitive call with an old proof'),
      '136': shown('a change of factors or addresses without a new proof'),
      '137': shown('a grant used twice or elsewhere'),
      '140': shown('a grant and a clock that steps back'),
    },
  },
  N: {
    title: 'Webhooks',
    cases: {
      '141': shown('an address inside'),
      '142': shown('a name that resolves inside'),
      '144': shown('a redirect to the inside'),
      '145': shown('an answer without end'),
      '146': shown('a forged webhook'),
      '147': shown('two secrets while rotating'),
      '148': shown('a receiver that is down'),
      '149': shown('a crash before sending'),
      '151': shown('headers and secrets in events'),
      '152': shown("a slow receiver, another's deliveries"),
    },
  },
  O: {
    title: 'Administration and who may what',
    cases: {
      '153': shown('every route with every wrong credential'),
      '154': shown('things of another tenant'),
      '155': shown('a tenant named by the caller'),
      '156': shown('an administrator against a user'),
      '157': shown('fields that are not for the caller'),
      '158': shown("a user's secrets, seen by an administrator"),
      '159': shown('a role that raises itself'),
      '160': shown('the last administrator'),
      '161': shown('a role taken away meanwhile'),
      '163': shown('lists asked for too much'),
    },
  },
  P: {
    title: 'The record',
    cases: {
      '164': shown('a row changed, swapped or deleted'),
      '167': shown('proofs checked by another program'),
      '168': shown('a forged leaf'),
      '169': shown('a person forgotten, and the proofs'),
      '170': shown('secrets anywhere in record, logs and files'),
      '171': shown('control characters in the log'),
      '172': shown('formulas in an export'),
      '173': shown('events without gaps, whatever the clock does'),
    },
  },
  Q: {
    title: 'Keys',
    cases: {
      '174': shown('a client secret rotated under load'),
      '175': shown('the signing key rotated'),
      '176': shown('the encryption keys rotated'),
      '177': shown('a start without its keys'),
      '178': shown('a compromised key revoked'),
    },
  },
  R: {
    title: 'Captcha',
    cases: {
      '181': shown('an answer used again or elsewhere'),
      '182': shown('a provider that is down'),
      '183': shown('a question that gives users away'),
      '184': shown('proof of work cheated'),
    },
  },
  S: {
    title: 'Input',
    cases: {
      '185': shown('bodies and headers without end'),
      '186': shown('318 texts that may be JSON'),
      '187': shown('a name that stands twice'),
      '189': shown('deep and wide input'),
      '190': shown('values of the wrong type'),
      '191': shown('names that reach for a prototype'),
      '192': shown('twins in Unicode'),
      '193': shown('naughty strings'),
      '194': shown('requests that are two'),
      '195': shown('what answers let browsers do'),
      '196': shown('text that takes a parser for ever'),
    },
  },
  T: {
    title: 'Races',
    cases: {
      '197': shown('a hundred who come with one proof'),
      '198': shown('a hundred guesses at once'),
      '199': shown('the right guess among wrong ones, at the limit'),
      '200': shown('a hundred who come with one refresh token'),
      '201': shown('factors enrolled and removed at once'),
      '202': shown('a hundred who register one address'),
    },
  },
  U: {
    title: 'Crashes and time',
    cases: {
      '205': shown('codes, over all lives of the server'),
      '206': shown('answers and their events, over all lives of the server'),
      '207': shown('a disk that is full'),
      '208': shown('a database that is damaged, and its backup'),
      '209': shown('a database that is locked or slow'),
      '210': shown('told to end under load'),
      '213': shown('power lost after the answer'),
      '214': lacking('an hour of mixed traffic', 'too long for a test; `bench/soak.ts` does it'),
      '215': shown('a clock that has jumped at start'),
    },
  },
}

/** Every number, with the letter of its group. */
export const cases: ReadonlyMap<string, Case & { readonly group: string }> = new Map(
  Object.entries(catalogue).flatMap(([group, { cases }]) =>
    Object.entries(cases).map(([number, each]) => [number, { ...each, group }] as const),
  ),
)

/** The numbers that a title begins with: "042, 043: five wrong passwords …" or "042 043 five …". */
export function numbersOf(title: string): readonly string[] {
  const [head = ''] = /^(?:\d{3}(?=[ ,:])[ ,:]*)*/.exec(title) ?? []
  return head.match(/\d{3}/g) ?? []
}
