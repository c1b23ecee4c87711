"""People's own data files: CSV, TSV, JSON, JSONL and XLSX, plain or gzipped, read as pages of comments.

```python
reading = open_file(Path("comments.csv"), FileOptions(where={"topic": "ban"}), zone=study.zone, reference=now)
print(reading.guess.rows())      # meaning, column, sample
for page in reading.pages():     # about 5,000 rows each, with the rejects and their reasons
    ...
print(reading.accepted, reading.filtered, reading.rejected, reading.warnings)
```
"""

from scrapers.files.opening import open_bytes, open_file
from scrapers.files.options import FileError, FileOptions
from scrapers.files.reading import Guess, Reading
from scrapers.files.rejects import write_rejects

__all__ = ["FileError", "FileOptions", "Guess", "Reading", "open_bytes", "open_file", "write_rejects"]
