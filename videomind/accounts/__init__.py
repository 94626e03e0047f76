"""Who may come in: roles, tokens, sign-in, and the first administrator."""
