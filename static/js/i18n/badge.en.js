// Words of who is signed in, in English.
export default {
  'who.menu': '{name}: account and signing out',
  'who.hint': 'Account and signing out',
  'who.account': 'Account',
  'who.keys': 'API keys',
  'who.people': 'People',
  'who.out': 'Sign out',
};
