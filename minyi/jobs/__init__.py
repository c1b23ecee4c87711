"""Work that nobody watches: one job at a time, once for every window, with a receipt."""
