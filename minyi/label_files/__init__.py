"""Files of labels, in and out: sheets, JSON lines, and the JSON of Label Studio and doccano."""
