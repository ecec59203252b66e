/** Attributes whose meaning Rapport knows; any other name makes an attribute of its own. */
export const knownAttributes = [
  'email',
  'first_name',
  'last_name',
  'phone',
  'lifetime_value',
  'store_location',
  'last_order_date',
];
