/** Keywords of ICU's older spelling, `de@collation=phonebook`, with their keys in a language tag. */
const keys: Record<string, string> = {
  calendar: 'ca',
  colalternate: 'ka',
  colbackwards: 'kb',
  colcasefirst: 'kf',
  colcaselevel: 'kc',
  collation: 'co',
  colnormalization: 'kk',
  colnumeric: 'kn',
  colreorder: 'kr',
  colstrength: 'ks',
  numbers: 'nu',
}

/** Values that a language tag spells in another way. */
const values: Record<string, string> = {
  dictionary: 'dict',
  gb2312han: 'gb2312',
  gregorian: 'gregory',
  identical: 'identic',
  no: 'false',
  'non-ignorable': 'noignore',
  phonebook: 'phonebk',
  primary: 'level1',
  quaternary: 'level4',
  secondary: 'level2',
  tertiary: 'level3',
  traditional: 'trad',
  yes: 'true',
}

/**
 * The one spelling of an ICU locale. A server of PostgreSQL 16 or later keeps the language tag, `de-DE-u-co-phonebk`,
 * where an older one keeps what was written, `de_DE@collation=phonebook`; and libraries of ICU differ in whether they
 * write a `true` that goes without saying, `en-u-kn-true`.
 * @returns the locale itself where it is none of these, as one of the C library
 */
export function canonicalLocale(locale: string): string {
  const [place = '', keywords] = locale.split('@', 2)
  const written = (keywords ?? '').split(';').filter((keyword) => keyword !== '')
  const extension = written.map((keyword) => {
    const [name = '', value = ''] = keyword.toLowerCase().split('=', 2)
    return `-${keys[name] ?? name}-${values[value] ?? value}`
  })
  const tag = `${place.replaceAll('_', '-') || 'und'}${extension.length > 0 ? `-u${extension.join('')}` : ''}`
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? locale
  } catch {
    return locale
  }
}
