"""What the commands share: options from forms, tables, and an outage in one sentence."""
