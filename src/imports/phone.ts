import {
  type CountryCode,
  getCountries,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js';

/** A country by its two letters (ISO 3166-1), of those whose phone numbers are known. */
export type PhoneCountry = CountryCode;

export const isPhoneCountry = (text: string): text is PhoneCountry => isSupportedCountry(text);

// The library takes 8 µs for a number. North America's are many, and all of one form.
const northAmerican = /^(?:\+1|(?:1)?)[ .-]?(?:\(([2-9]\d\d)\)|([2-9]\d\d))[ .-]?([2-9]\d\d)[ .-]?(\d{4})$/;
const insideNorthAmerica: ReadonlySet<string> = new Set(['US', 'CA']);

/**
 * A phone number in the form of E.164 (`+493012345`), or undefined. Digits must be as many as the country's numbers
 * have; which of them are given out is not asked, as that changes. What has an extension is none: E.164 could not hold it.
 *
 * @param country where a number is from that does not say so
 */
export function phoneNumber(text: string, country?: PhoneCountry): string | undefined {
  const short = northAmerican.exec(text);
  if (short && (text.startsWith('+') || (country && insideNorthAmerica.has(country))))
    return `+1${short[1] ?? short[2]}${short[3]}${short[4]}`;
  const found = parsePhoneNumberFromString(text, {
    ...(country && { defaultCountry: country }),
    extract: false,
  });
  return found?.isPossible() && !found.ext ? found.number : undefined;
}

let countriesOfZones: Map<string, PhoneCountry> | undefined;

/** The country a time zone lies in: the best first guess at where a workspace's customers have their phones. */
export function countryOfZone(timezone: string): PhoneCountry | undefined {
  countriesOfZones ??= new Map(
    getCountries().flatMap((country) => {
      const locale = new Intl.Locale('und', { region: country }) as Intl.Locale & {
        getTimeZones(): string[] | undefined;
      };
      return (locale.getTimeZones() ?? []).map((zone) => [zone, country] as const);
    }),
  );
  return countriesOfZones.get(timezone);
}
