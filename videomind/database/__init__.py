"""What the site knows of its database: outages, locks and its clock."""
