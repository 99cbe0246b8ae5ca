/**
 * Takes the token out of the address bar, so that it does not stay in the history. The form on the
 * page has it already.
 */
history.replaceState(history.state, "", location.pathname);
