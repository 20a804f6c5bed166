/* Linux calls that Swift cannot import by itself; no logic. */
