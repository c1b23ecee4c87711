"""A study packed for others: tables, codebook, labels, manifest, checksums, and a notebook that counts it all again."""
