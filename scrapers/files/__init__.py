"""People's own data files, plain or gzipped, read as pages of comments.

CSV, TSV, JSON, JSONL, XLSX and SQLite, whatever wrote them; the exports of some well-known tools are recognised
(`presets`), and so are saved answers of Bilibili and Weibo and saved pages of Tieba and weibo.cn.

```python
reading = open_file(Path("comments.csv"), FileOptions(where={"topic": "ban"}), zone=study.zone, reference=now)
print(reading.guess.rows())      # meaning, column, sample
for page in reading.pages():     # about 5,000 rows each, with the rejects and their reasons
    ...
print(reading.accepted, reading.filtered, reading.rejected, reading.warnings)
```
"""

from scrapers.files.guess import Guess
from scrapers.files.opening import open_bytes, open_file, written_at
from scrapers.files.options import FileError, FileOptions, PresetName
from scrapers.files.reading import Reading
from scrapers.files.rejects import write_rejects

__all__ = [
    "FileError",
    "FileOptions",
    "Guess",
    "PresetName",
    "Reading",
    "open_bytes",
    "open_file",
    "write_rejects",
    "written_at",
]
