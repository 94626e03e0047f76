"""All that knows django-q2: its broker, its pool of processes, and what wakes them."""
